#include "training/checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <string>

#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"

namespace ockham::training {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::expect_error;

template <typename T>
Tensor tensor(DType dtype, std::vector<std::int64_t> shape, std::initializer_list<T> values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {dtype, std::move(shape), {bytes.begin(), bytes.end()}};
}

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.metadata = {{"epoch", "7"}, {"note", "größer \"x\"\n"}};
  checkpoint.tensors = {
      {"conv1.weight", tensor<float>(DType::kF32, {2, 1, 2}, {1, -2, 3.5, 0})},
      {"counts", tensor<std::int64_t>(DType::kI64, {2}, {-1, std::int64_t{1} << 62})},
      {"empty", tensor<float>(DType::kF32, {0, 3}, {})},
      {"random_state", tensor<std::uint8_t>(DType::kU8, {3}, {0, 128, 255})},
      {"step", tensor<double>(DType::kF64, {}, {0.1})},
  };
  return checkpoint;
}

/// A file with this header and `data_bytes` zeros.
std::string file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t size = header.size();
  std::string length(8, '\0');
  std::memcpy(length.data(), &size, sizeof size);
  return length + header + std::string(data_bytes, '\0');
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

class CheckpointFile : public testing::Test {
 protected:
  void write(const std::string& bytes) const { std::ofstream(file(), std::ios::binary) << bytes; }

  std::string written() const {
    std::ifstream stream(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void expect_refused(std::initializer_list<std::string> parts, const std::string& bytes,
                      Status status = Status::kInvalidModel) const {
    write(bytes);
    expect_error(status, {file().string()}, [this] { read_checkpoint(file()); });
    expect_error(status, parts, [this] { read_checkpoint(file()); });
  }

  /// A header that holds one tensor, "w", before 8 bytes of data.
  void expect_entry_refused(std::initializer_list<std::string> parts, const std::string& value,
                            Status status = Status::kInvalidModel) const {
    expect_refused(parts, file_of(R"({"w":)" + value + "}", 8), status);
  }

  fs::path file() const { return folder_.path() / "epoch.safetensors"; }
  const fs::path& folder() const { return folder_.path(); }

 private:
  tests::TemporaryFolder folder_;
};

TEST_F(CheckpointFile, WhatWasWrittenIsRead) {
  write_checkpoint(file(), example());
  EXPECT_EQ(read_checkpoint(file()), example());
}

TEST_F(CheckpointFile, AnEmptyCheckpointIsOne) {
  write_checkpoint(file(), {});
  EXPECT_EQ(read_checkpoint(file()), Checkpoint());
}

TEST_F(CheckpointFile, TheFirstTensorIsAlignedAndWideElementsComeFirst) {
  write_checkpoint(file(), example());
  const std::string bytes = written();
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  EXPECT_EQ(length % 8, 0u);
  const std::string data = bytes.substr(8 + length);
  ASSERT_EQ(data.size(), 16u + 8 + 16 + 3);
  const Checkpoint checkpoint = example();
  const auto& counts = checkpoint.tensor("counts").data;
  EXPECT_EQ(std::memcmp(data.data(), counts.data(), counts.size()), 0);
  EXPECT_EQ(data.substr(40), std::string("\x00\x80\xff", 3));
}

TEST_F(CheckpointFile, PythonReadsIt) {
  if (!fs::exists(OCKHAM_PYTHON))
    GTEST_SKIP() << OCKHAM_PYTHON << " is not there; run scripts/setup";
  Checkpoint checkpoint = example();
  checkpoint.metadata.erase("note");
  write_checkpoint(file(), checkpoint);
  const std::string command =
      std::string(OCKHAM_PYTHON) + " " OCKHAM_READ_CHECKPOINT " " + file().string();
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  ASSERT_NE(pipe, nullptr);
  std::string output(4096, '\0');
  output.resize(std::fread(output.data(), 1, output.size(), pipe.get()));
  EXPECT_EQ(output,
            "epoch = 7\n"
            "conv1.weight: float32 [2, 1, 2] [1.0, -2.0, 3.5, 0.0]\n"
            "counts: int64 [2] [-1, 4611686018427387904]\n"
            "empty: float32 [0, 3] []\n"
            "random_state: uint8 [3] [0, 128, 255]\n"
            "step: float64 [] [0.1]\n");
}

TEST_F(CheckpointFile, ReadsWhatOthersWrite) {
  write(file_of(R"( {"a":)", 0));
  expect_refused({"no JSON object"}, written());  // the layout wants '{' at once
  write(file_of(R"({"b":)" + entry("U8", "[1,2]", "[4,6]") + R"(,"a":)" +
                    entry("F32", "[1]", "[0,4]") + "}  ",
                6));
  const Checkpoint checkpoint = read_checkpoint(file());
  EXPECT_THAT(checkpoint.tensor("a").shape, ElementsAre(1));
  EXPECT_THAT(checkpoint.tensor("b").shape, ElementsAre(1, 2));
  EXPECT_TRUE(checkpoint.metadata.empty());
}

TEST_F(CheckpointFile, CutOffAnywhereIsNoticed) {
  write_checkpoint(file(), example());
  const std::string whole = written();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    expect_refused({"damaged checkpoint"}, whole.substr(0, size));
  }
}

TEST_F(CheckpointFile, BytesBehindTheTensorsAreNoticed) {
  write_checkpoint(file(), example());
  expect_refused({"found 44 bytes of tensors, expected 43"}, written() + "x");
}

TEST_F(CheckpointFile, NoFlippedHeaderByteCrashesOrAllocatesMuch) {
  write_checkpoint(file(), example());
  const std::string whole = written();
  const std::size_t data_bytes = 43;
  for (std::size_t i = 0; i < whole.size() - data_bytes; ++i) {
    for (const int flip : {1, 128}) {
      std::string bytes = whole;
      bytes[i] = static_cast<char>(bytes[i] ^ flip);
      write(bytes);
      try {
        // Names and texts carry no check of their own; whatever else is changed is refused.
        EXPECT_NE(read_checkpoint(file()), example()) << "byte " << i;
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("damaged checkpoint"));
      }
    }
  }
}

TEST_F(CheckpointFile, HostileLengths) {
  expect_refused({"header length 18446744073709551615"}, std::string(8, '\xff') + "{}");
  expect_refused({"header length 3"}, std::string("\x03\0\0\0\0\0\0\0", 8) + "{}");
  expect_refused({"header"}, std::string(8, '\0'));
}

TEST_F(CheckpointFile, HostileHeaders) {
  for (const std::string header : {"{", "[]", "{]", "nonsense", "{\"\xff\":1}", "{}{}"}) {
    expect_refused({"header"}, file_of(header, 0));
  }
  const std::string w = R"("w":)" + entry("U8", "[8]", "[0,8]");
  expect_refused({"'w' appears twice"}, file_of("{" + w + "," + w + "}", 8));
  expect_refused({"nested"}, file_of(R"({"w":)" + std::string(100000, '['), 8));
  expect_refused({"nested"}, file_of(R"({"w":{"a":{"b":{"c":1}}}})", 8));
}

TEST_F(CheckpointFile, HostileMetadata) {
  expect_refused({"metadata"}, file_of(R"({"__metadata__":7})", 0));
  expect_refused({"metadata 'epoch'"}, file_of(R"({"__metadata__":{"epoch":7}})", 0));
}

TEST_F(CheckpointFile, HostileEntries) {
  expect_entry_refused({"'w'", "exactly"}, "7");
  expect_entry_refused({"'w'", "exactly"}, R"({"dtype":"F32","shape":[2]})");
  expect_entry_refused({"'w'", "exactly"},
                       R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1})");
  expect_entry_refused({"'w'", "dtype"}, R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})");
  expect_entry_refused({"'BF16'", "F32, F64, I64, U8"}, entry("BF16", "[4]", "[0,8]"),
                       Status::kUnsupported);
}

TEST_F(CheckpointFile, HostileShapes) {
  for (const std::string shape : {"2", "[-2]", "[2.0]", "[\"2\"]", "[18446744073709551615]"}) {
    expect_entry_refused({"'w'", "shape"}, entry("F32", shape, "[0,8]"));
  }
  expect_entry_refused({"'w'", "impossible shape"},
                       entry("F32", "[4294967296,4294967296,4294967296]", "[0,8]"));
  expect_entry_refused({"found 8 bytes, its shape needs 12"}, entry("F32", "[3]", "[0,8]"));
  expect_entry_refused({"found 8 bytes, its shape needs 0"}, entry("F32", "[0,3]", "[0,8]"));
}

TEST_F(CheckpointFile, HostileOffsets) {
  for (const std::string offsets : {"8", "[0]", "[0,8,8]", "[8,0]", "[-8,0]", "[0,8.0]"}) {
    expect_entry_refused({"'w'", "data_offsets"}, entry("F32", "[2]", offsets));
  }
  expect_entry_refused({"overlap or leave a hole"}, entry("F32", "[1]", "[4,8]"));
  expect_entry_refused({"found 8 bytes of tensors, expected 4"}, entry("F32", "[1]", "[0,4]"));
  expect_entry_refused({"found 8 bytes of tensors, expected 16"}, entry("F32", "[4]", "[0,16]"));
  expect_refused({"overlap or leave a hole"},
                 file_of(R"({"a":)" + entry("U8", "[5]", "[0,5]") + R"(,"b":)" +
                             entry("U8", "[4]", "[4,8]") + "}",
                         8));
  expect_refused({"overlap or leave a hole"},
                 file_of(R"({"a":)" + entry("U8", "[3]", "[0,3]") + R"(,"b":)" +
                             entry("U8", "[4]", "[4,8]") + "}",
                         8));
}

TEST_F(CheckpointFile, AMissingFileIsNamed) {
  expect_error(Status::kNotFound, {"epoch.safetensors"}, [this] { read_checkpoint(file()); });
}

TEST_F(CheckpointFile, WhatCannotBeWrittenLeavesTheOldFile) {
  write_checkpoint(file(), example());
  Checkpoint wrong;
  wrong.tensors["w"] = tensor<float>(DType::kF32, {3}, {1, 2});
  expect_error(Status::kInvalidArgument, {"'w'", "found 8 bytes, its shape needs 12"},
               [&] { write_checkpoint(file(), wrong); });
  wrong.tensors["w"].shape = {-2};
  expect_error(Status::kInvalidArgument, {"'w'", "impossible shape"},
               [&] { write_checkpoint(file(), wrong); });
  wrong.tensors = {{"__metadata__", tensor<float>(DType::kF32, {1}, {1})}};
  expect_error(Status::kInvalidArgument, {"taken"}, [&] { write_checkpoint(file(), wrong); });
  wrong.tensors = {{"\xff", tensor<float>(DType::kF32, {1}, {1})}};
  expect_error(Status::kInvalidArgument, {"UTF-8"}, [&] { write_checkpoint(file(), wrong); });
  EXPECT_EQ(read_checkpoint(file()), example());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder()), {}), 1);
}

TEST(Checkpoint, WhatIsMissingIsNamed) {
  const Checkpoint checkpoint = example();
  EXPECT_EQ(checkpoint.text("epoch"), "7");
  EXPECT_EQ(checkpoint.tensor("step").dtype, DType::kF64);
  expect_error(Status::kInvalidModel, {"'momentum'"}, [&] { checkpoint.tensor("momentum"); });
  expect_error(Status::kInvalidModel, {"'seed'"}, [&] { checkpoint.text("seed"); });
}

}  // namespace
}  // namespace ockham::training
