// Damaged and lying files: always an Error or a valid graph, never a crash (run this under asan
// too).
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/error.h"
#include "runtime/graph/validate.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ockham::tests::expect_error;

/// What moves or weighs pixels, from [1, 2, 8, 8] to the same.
void add_moves(OnnxBuilder& onnx, const std::string& x, const std::string& y) {
  onnx.integers("pads", {8}, {0, 1, 1, 0, 0, 0, 0, 1});
  onnx.integers("starts", {3}, {1, 1, 0});
  onnx.integers("ends", {3}, {3, 9, -1});
  onnx.integers("axes", {3}, {1, 2, 3});
  onnx.floats("scales", {4}, {1, 1, 0.5f, 0.5f});
  onnx.counted("taps", {2, 8, 2, 2});
  onnx.node("LRN", {x}, "m1").integer("size", 3);
  onnx.node("Pad", {"m1", "pads"}, "m2");                      // [1, 3, 9, 9]
  onnx.node("Slice", {"m2", "starts", "ends", "axes"}, "m3");  // [1, 2, 8, 8]
  onnx.node("Transpose", {"m3"}, "m4").integers("perm", {0, 1, 3, 2});
  onnx.node("Resize", {"m4", "", "scales"}, "m5").text("mode", "linear");  // [1, 2, 4, 4]
  onnx.node("ConvTranspose", {"m5", "taps"}, "m6")
      .integers("strides", {1, 1})
      .integers("pads", {0, 0, 1, 1});  // [1, 8, 4, 4]
  onnx.node("DepthToSpace", {"m6"}, y).integer("blocksize", 2);
}

/// A small file with every operator and every way to hold a constant.
std::string small_file() {
  OnnxBuilder onnx;
  onnx.input("x", {1, 2, 8, 8}).output("y");
  onnx.counted("kernel", {2, 2, 3, 3});
  onnx.counted("channel", {2, 1, 1});
  for (const char* name : {"scale", "shift", "mean", "variance"}) onnx.counted(name, {2});
  onnx.integers("target", {2}, {1, -1});
  onnx.counted("matrix", {32, 3});
  ::onnx::TensorProto& bias = onnx.floats("bias", {3}, {});
  bias.clear_raw_data();
  for (int i = 0; i < 3; ++i) bias.add_float_data(0.5f);
  onnx.node("Conv", {"x", "kernel"}, "c")
      .text("auto_pad", "SAME_UPPER")
      .integers("strides", {1, 1});
  onnx.node("Add", {"c", "channel"}, "d");
  onnx.node("BatchNormalization", {"d", "scale", "shift", "mean", "variance"}, "e")
      .number("epsilon", 1e-3f);
  onnx.node("Relu", {"e"}, "f");
  onnx.node("Add", {"f", "x"}, "g");
  add_moves(onnx, "g", "moved");
  onnx.node("MaxPool", {"moved"}, "h").integers("kernel_shape", {2, 2}).integers("strides", {2, 2});
  onnx.node("AveragePool", {"h"}, "i").integers("kernel_shape", {1, 1}).integer("ceil_mode", 1);
  onnx.node("Reshape", {"i", "target"}, "j");
  onnx.node("Dropout", {"j"}, "k");
  onnx.node("Gemm", {"k", "matrix", "bias"}, "y").number("alpha", 2.0f);
  return onnx.bytes();
}

/// Imports with a small budget; whatever comes out must be valid.
bool imports(const std::string& bytes, Refusals* refusals) {
  try {
    validate(import_onnx_bytes(bytes, {.max_memory = 1 << 20, .refusals = refusals}).graph);
    return true;
  } catch (const Error& error) {
    EXPECT_NE(error.status(), Status::kInternal) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return false;
  }
}

/// Whether it imports, which is the same whether refusals are gathered or not.
bool imports(const std::string& bytes) {
  const bool does = imports(bytes, nullptr);
  Refusals refusals;
  EXPECT_EQ(imports(bytes, &refusals), does);
  return does;
}

/// A transposed convolution of x with a weight of `outputs` channels and one tap.
OnnxBuilder transposed_conv(const Dims& x, std::int64_t outputs) {
  OnnxBuilder onnx;
  onnx.input("x", x).output("y");
  onnx.counted("taps", {1, outputs, 1, 1});
  return onnx;
}

TEST(HostileOnnx, StridesThatMultiplyBeyondMemory) {
  // 2^24 * 2^24 * 2^14 weights of four bytes: 2^64 bytes, which is 0 in 64 bits.
  OnnxBuilder onnx = transposed_conv({-1, 1, 1, 1}, 1 << 14);
  onnx.node("ConvTranspose", {"x", "taps"}, "y").integers("strides", {1 << 24, 1 << 24});
  expect_error(Status::kOutOfMemory, {"ConvTranspose"}, [&] { onnx.import(); });
}

TEST(HostileOnnx, ExtentsAndStridesThatMultiplyBeyond64Bits) {
  OnnxBuilder onnx = transposed_conv({-1, 1, std::int64_t{1} << 40, 1}, 1);
  onnx.node("ConvTranspose", {"x", "taps"}, "y").integers("strides", {1 << 24, 1});
  EXPECT_FALSE(imports(onnx.bytes()));
  EXPECT_THROW(import_onnx_bytes(onnx.bytes(), {.max_memory = std::size_t{1} << 50}), Error);
}

TEST(HostileOnnx, PadsThatWouldTakeAllMemory) {
  for (const char* mode : {"constant", "reflect", "edge", "wrap"}) {
    OnnxBuilder onnx;
    onnx.input("x", {-1, 2, 3, 3}).output("y");
    onnx.integers("pads", {8}, {0, std::int64_t{1} << 39, 0, 0, 0, 0, 0, 0});
    onnx.node("Pad", {"x", "pads"}, "y").text("mode", mode);
    expect_error(Status::kOutOfMemory, {"Pad"}, [&] { onnx.import(); });
  }
}

TEST(HostileOnnx, TheSmallFileItselfIsFine) { EXPECT_TRUE(imports(small_file())); }

TEST(HostileOnnx, TruncatedAnywhere) {
  const std::string whole = small_file();
  int accepted = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    accepted += imports(whole.substr(0, length));
  }
  EXPECT_EQ(accepted, 0);
}

TEST(HostileOnnx, EveryBitFlipped) {
  const std::string whole = small_file();
  int refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    refused += !imports(damaged);
  }
  EXPECT_GT(refused, 0);
}

TEST(HostileOnnx, RandomBytesChanged) {
  const std::string whole = small_file();
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    const int changes = 1 + static_cast<int>(random() % 8);
    for (int i = 0; i < changes; ++i)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    refused += !imports(damaged);
  }
  EXPECT_GT(refused, 0);
}

TEST(HostileOnnx, WhatIsNoOnnx) {
  for (const std::string& bytes :
       {std::string(), std::string("ONNX"), std::string("\x89PNG\r\n\x1a\n"),
        std::string(1000, '\0'), std::string("<html><body>404</body></html>")}) {
    expect_error(Status::kInvalidModel, {"not an ONNX model"}, [&] { import_onnx_bytes(bytes); });
  }
}

TEST(HostileOnnx, FilesOfOtherKindsAreNamed) {
  const std::string rest(100, '\x07');
  const std::pair<std::string, const char*> kinds[] = {
      {"\x89OCKHAM\n" + rest, "the ONNX file that it was made from"},
      {"PK\x03\x04" + rest, "torch.onnx.export"},
      {"\x89HDF\r\n\x1a\n" + rest, "Keras"},
      {std::string("\x1c\0\0\0TFL3", 8) + rest, "TensorFlow Lite"},
      {std::string("\x10\0\0\0\0\0\0\0{\"a\"", 12) + rest, "safetensors"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull"},
      {"<!DOCTYPE html>\n<html>", "web page"},
      {"\x1f\x8b\x08" + rest, "gunzip"},
  };
  for (const auto& [bytes, advice] : kinds) {
    expect_error(Status::kInvalidModel, {"not an ONNX model", advice},
                 [&, &bytes = bytes] { import_onnx_bytes(bytes); });
  }
}

TEST(HostileOnnx, NestedTooDeeply) {
  ::onnx::ModelProto model;
  ::onnx::GraphProto* graph = model.mutable_graph();
  for (int depth = 0; depth < 5000; ++depth) {
    graph = graph->add_node()->add_attribute()->mutable_g();
  }
  EXPECT_FALSE(imports(model.SerializeAsString()));
}

TEST(HostileOnnx, MessagesBeyondTheBudget) {
  // Graphs of empty nodes: two bytes of file each, some two hundred bytes of message.
  ::onnx::ModelProto model;
  for (int i = 0; i < 100000; ++i) model.mutable_graph()->add_node();
  const std::string bytes = model.SerializeAsString();
  ASSERT_LT(bytes.size(), 1u << 20);

  expect_error(Status::kOutOfMemory, {"parsing the file", "raise the memory limit"},
               [&] { import_onnx_bytes(bytes, {.max_memory = 4 << 20}); });
}

// --- sizes that lie ---

OnnxBuilder gemm_model(const Dims& weight) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 3}).output("y");
  onnx.floats("w", weight, {1, 2, 3, 4, 5, 6});
  onnx.node("Gemm", {"x", "w"}, "y").integer("transB", 1);
  return onnx;
}

TEST(HostileOnnx, ShapesThatTheDataDoesNotHave) {
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
  for (const Dims& dims : {Dims{3, 3}, Dims{1, 3}, Dims{kHuge, 3}, Dims{kHuge, kHuge}, Dims{-2, -3},
                           Dims{1 << 30, 3}, Dims{0, 3}}) {
    expect_error(Status::kInvalidModel, {"'w'"}, [&] { gemm_model(dims).import(); });
  }
}

TEST(HostileOnnx, RawDataWithHalfAnElement) {
  OnnxBuilder onnx = gemm_model({2, 3});
  onnx.model.mutable_graph()->mutable_initializer(0)->mutable_raw_data()->pop_back();

  expect_error(Status::kInvalidModel, {"'w'", "23 bytes", "expected 24"}, [&] { onnx.import(); });
}

TEST(HostileOnnx, ActivationsBeyondTheBudget) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 1, 1 << 15, 1 << 15}).output("y");
  onnx.node("Relu", {"x"}, "y");

  expect_error(Status::kOutOfMemory, {"input 'x'", "4294967296 bytes", "raise the memory limit"},
               [&] { import_onnx_bytes(onnx.bytes(), {.max_memory = 1 << 30}); });
}

TEST(HostileOnnx, ManySmallActivationsBeyondTheBudgetTogether) {
  OnnxBuilder onnx;
  onnx.input("a0", {-1, 1 << 16}).output("a20");
  for (int i = 0; i < 20; ++i) {
    onnx.node("Relu", {"a" + std::to_string(i)}, "a" + std::to_string(i + 1));
  }

  expect_error(Status::kOutOfMemory, {"node 'a"},
               [&] { import_onnx_bytes(onnx.bytes(), {.max_memory = 1 << 22}); });
}

TEST(HostileOnnx, InputsWithMoreElementsThanANumberHolds) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, std::numeric_limits<std::int64_t>::max(), 1 << 20}).output("y");
  onnx.node("Relu", {"x"}, "y");

  expect_error(Status::kInvalidModel, {"too many elements"}, [&] { onnx.import(); });
}

TEST(HostileOnnx, AttributesAtTheEndsOfTheirRange) {
  for (const std::int64_t extreme :
       {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    for (const char* name : {"strides", "dilations"}) {
      OnnxBuilder onnx;
      onnx.input("x", {-1, 1, 8, 8}).output("y");
      onnx.counted("w", {1, 1, 3, 3});
      onnx.node("Conv", {"x", "w"}, "y")
          .integers(name, {extreme, extreme})
          .text("auto_pad", "SAME_UPPER");
      expect_error(Status::kUnsupported, {"(Conv)", name}, [&] { onnx.import(); });
    }
    for (const char* name : {"group", "pads"}) {
      OnnxBuilder onnx;
      onnx.input("x", {-1, 1, 8, 8}).output("y");
      onnx.counted("w", {1, 1, 3, 3});
      NodeEditor conv = onnx.node("Conv", {"x", "w"}, "y");
      if (std::string(name) == "group") {
        conv.integer(name, extreme);
      } else {
        conv.integers(name, Dims(4, extreme));
      }
      EXPECT_FALSE(imports(onnx.bytes()));
    }
  }
}

TEST(HostileOnnx, ReshapeTargetsAtTheEndsOfTheirRange) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  for (const Dims& target : {Dims{kMost, kMost}, Dims{kLeast, -1}, Dims{-1, kMost}, Dims{0, kLeast},
                             Dims{}, Dims{-1, -1}}) {
    OnnxBuilder onnx = gemm_model({2, 3});
    onnx.integers("target", {static_cast<std::int64_t>(target.size())}, target);
    onnx.node("Reshape", {"w", "target"}, "a");
    onnx.node("Reshape", {"y", "target"}, "b");
    onnx.output("a").output("b");
    EXPECT_FALSE(imports(onnx.bytes()));
  }
}

TEST(HostileOnnx, ManyNodesOfOneNameAreNamedQuickly) {
  OnnxBuilder onnx;
  onnx.input("a0", {-1, 1}).output("a20000");
  for (int i = 0; i < 20000; ++i) {
    onnx.node("Relu", {"a" + std::to_string(i)}, "a" + std::to_string(i + 1))
        .proto()
        .set_name("relu");
  }
  const Graph graph = onnx.import();
  EXPECT_EQ(graph.nodes.back().name, "relu_20000");
}

// --- files ---

TEST(OnnxFiles, AMissingFileIsNamed) {
  expect_error(Status::kNotFound, {"/does/not/exist.onnx"},
               [] { import_onnx("/does/not/exist.onnx"); });
}

TEST(OnnxFiles, AFolderIsNoFile) {
  const ockham::tests::TemporaryFolder folder;
  expect_error(Status::kIo, {folder.path().string(), "found a directory"},
               [&] { import_onnx(folder.path()); });
}

}  // namespace
}  // namespace ockham::converters::tests
