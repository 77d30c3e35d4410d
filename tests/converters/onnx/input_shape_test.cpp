// Shapes of inputs that the file leaves open, and Flatten on other axes than the first.
#include <gtest/gtest.h>

#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ockham::tests::expect_error;
using Shapes = std::map<std::string, Dims>;

/// x [N, 3, ?, ?] -> Relu.
OnnxBuilder open_image() {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 3, -1, -1}).output("y");
  onnx.node("Relu", {"x"}, "y");
  return onnx;
}

Graph import_with(const OnnxBuilder& onnx, const Shapes& shapes) {
  return import_onnx_bytes(onnx.bytes(), {.shapes = shapes}).graph;
}

Shape input_shape(const Graph& graph) { return graph.value(graph.inputs[0]).shape; }

TEST(InputShape, WhatTheFileLeavesOpenIsGiven) {
  for (const std::int64_t batch : {std::int64_t{1}, std::int64_t{-1}}) {
    EXPECT_EQ(input_shape(import_with(open_image(), {{"x", {batch, 3, 24, 32}}})),
              Shape({Shape::kBatch, 3, 24, 32}));
  }
}

TEST(InputShape, NotGivenItIsAskedFor) {
  expect_error(Status::kUnsupported, {"input 'x'", "axis 2", "--shape NAME=1,3,224,224"},
               [] { open_image().import(); });
}

TEST(InputShape, ExtentsOfZeroOrLessMayBeGiven) {
  OnnxBuilder onnx = open_image();
  auto& shape = *onnx.model.mutable_graph()
                     ->mutable_input(0)
                     ->mutable_type()
                     ->mutable_tensor_type()
                     ->mutable_shape();
  shape.mutable_dim(2)->set_dim_value(0);
  shape.mutable_dim(3)->set_dim_value(-1);

  EXPECT_EQ(input_shape(import_with(onnx, {{"x", {1, 3, 24, 32}}})),
            Shape({Shape::kBatch, 3, 24, 32}));
}

TEST(InputShape, AnInputWithoutAnyShape) {
  OnnxBuilder onnx = open_image();
  onnx.model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->clear_shape();

  EXPECT_EQ(input_shape(import_with(onnx, {{"x", {1, 7}}})), Shape({Shape::kBatch, 7}));
  expect_error(Status::kUnsupported, {"rank 9"}, [&] { import_with(onnx, {{"x", Dims(9, 1)}}); });
}

TEST(InputShape, WhatDoesNotFitTheFile) {
  struct Wrong {
    Shapes shapes;
    std::vector<std::string> parts;
  };
  const Wrong kWrong[] = {
      {{{"z", {1, 3, 24, 32}}}, {"'z'", "inputs are 'x'"}},
      {{{"y", {1, 3, 24, 32}}}, {"'y'", "inputs are 'x'"}},
      {{{"x", {1, 3, 24}}}, {"input 'x'", "3 extents are given", "has 4 (N, 3, ?, ?)"}},
      {{{"x", {3, 24, 32}}}, {"input 'x'", "3 extents are given", "has 4 (N, 3, ?, ?)"}},
      {{{"x", {24}}}, {"input 'x'", "1 extent is given"}},
      {{{"x", {1, 4, 24, 32}}}, {"input 'x'", "axis 1", "given as 4", "says 3"}},
      {{{"x", {8, 3, 24, 32}}}, {"input 'x'", "batch is given as 8", "1 or N"}},
      {{{"x", {1, 3, 0, 32}}}, {"input 'x'", "axis 2", "at least 1"}},
  };
  for (const Wrong& wrong : kWrong) {
    for (const std::string& part : wrong.parts) {
      expect_error(Status::kInvalidArgument, {part},
                   [&] { import_with(open_image(), wrong.shapes); });
    }
  }
}

TEST(InputShape, GivenExtentsAreWithinTheBudget) {
  expect_error(Status::kOutOfMemory, {"input 'x'"}, [] {
    import_with(open_image(), {{"x", {1, 3, 1 << 20, 1 << 15}}});
  });
}

// --- Flatten ---

Graph flattened(const Dims& dims, std::int64_t axis) {
  OnnxBuilder onnx;
  onnx.input("x", dims).output("y");
  onnx.node("Flatten", {"x"}, "y").integer("axis", axis);
  return onnx.import();
}

TEST(FlattenImport, AxesThatLeaveTheBatchAlone) {
  for (const std::int64_t axis : {1, 2, -2, -1}) {
    const Graph graph = flattened({-1, 1, 4}, axis);
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, Shape({Shape::kBatch, 4})) << axis;
  }
  EXPECT_EQ(flattened({-1, 1, 1}, 3).nodes.size(), 1u);
}

TEST(FlattenImport, AxesThatDoNotAreRefused) {
  for (const std::int64_t axis : {0, 2, 3, -1, -3, 7, -7}) {
    expect_error(Status::kUnsupported, {"(Flatten)", "'axis'", "[N, 3, 4]"}, [&] {
      flattened({-1, 3, 4}, axis);
    });
  }
}

}  // namespace
}  // namespace ockham::converters::tests
