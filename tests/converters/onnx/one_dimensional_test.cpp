// Networks over [N, C, L] are imported as those over images [N, C, 1, L], with no reshapes between
// their layers.
#include <gtest/gtest.h>

#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/error.h"
#include "runtime/reference/reference.h"
#include "tests/cases/expect_error.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ockham::tests::expect_error;

std::vector<std::string> operators(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.emplace_back(operator_name(node.op));
  return names;
}

std::vector<float> run(const Graph& graph, const Dims& dims) {
  const reference::Tensor<float> input{Shape(dims), counting(dims)};
  return reference::run<float>(graph, std::span(&input, 1))[0].data;
}

using Names = std::vector<std::string>;

OnnxBuilder signal() {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 1, 5}).output("y");
  return onnx;
}

TEST(OneDimensional, ConvWithStridePadsAndDilation) {
  OnnxBuilder onnx = signal();
  onnx.floats("w", {1, 1, 2}, {1, 10});
  onnx.floats("b", {1}, {100});
  onnx.node("Conv", {"x", "w", "b"}, "y")
      .integers("kernel_shape", {2})
      .integers("strides", {2})
      .integers("dilations", {2})
      .integers("pads", {1, 2});

  const Graph graph = onnx.import();
  EXPECT_EQ(operators(graph), (Names{"reshape", "conv2d", "reshape"}));
  EXPECT_EQ(graph.nodes[1].name, "y_node");
  EXPECT_EQ(graph.value(graph.nodes[1].inputs[1]).shape, Shape({1, 1, 1, 2}));
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, Shape({Shape::kBatch, 1, 3}));
  // 0 1 2 3 4 5 0 0: places 0, 2, 4 with their second next.
  EXPECT_EQ(run(graph, {1, 1, 5}), (std::vector<float>{120, 142, 104}));
}

TEST(OneDimensional, PaddedToTheSameExtent) {
  OnnxBuilder onnx = signal();
  onnx.floats("w", {1, 1, 2}, {1, 10});
  onnx.node("Conv", {"x", "w"}, "y").text("auto_pad", "SAME_LOWER");

  EXPECT_EQ(run(onnx.import(), {1, 1, 5}), (std::vector<float>{10, 21, 32, 43, 54}));
}

TEST(OneDimensional, Pools) {
  OnnxBuilder onnx = signal();
  onnx.output("a").output("g").output("h");
  onnx.node("MaxPool", {"x"}, "y").integers("kernel_shape", {2}).integers("strides", {2});
  onnx.node("AveragePool", {"x"}, "a").integers("kernel_shape", {2}).integers("pads", {1, 0});
  onnx.node("GlobalAveragePool", {"x"}, "g");
  onnx.node("GlobalMaxPool", {"x"}, "h");

  const Graph graph = onnx.import();
  const Dims dims{1, 1, 5};
  const reference::Tensor<float> input{Shape(dims), counting(dims)};
  const auto outputs = reference::run<float>(graph, std::span(&input, 1));
  EXPECT_EQ(outputs[0].data, (std::vector<float>{2, 4}));
  EXPECT_EQ(outputs[1].data, (std::vector<float>{1, 1.5, 2.5, 3.5, 4.5}));
  EXPECT_EQ(outputs[2].data, std::vector<float>{3});
  EXPECT_EQ(outputs[3].data, std::vector<float>{5});
  for (const auto& output : outputs) EXPECT_EQ(output.shape.rank(), 3);
}

TEST(OneDimensional, MeanOverTheLastAxis) {
  OnnxBuilder onnx = signal();
  onnx.node("ReduceMean", {"x"}, "y").integers("axes", {-1}).integer("keepdims", 0);

  const Graph graph = onnx.import();
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, Shape({Shape::kBatch, 1}));
  EXPECT_EQ(run(graph, {1, 1, 5}), std::vector<float>{3});
}

/// Two layers with everything that may stand between them.
OnnxBuilder network() {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 8}).output("y");
  onnx.counted("w1", {2, 2, 3});
  onnx.counted("w2", {3, 4, 3});
  for (const char* name : {"scale", "shift", "mean", "variance"}) onnx.counted(name, {2});
  onnx.counted("slope", {2, 1});
  onnx.counted("matrix", {3, 2});
  onnx.node("Conv", {"x", "w1"}, "a").integers("pads", {1, 1});
  onnx.node("BatchNormalization", {"a", "scale", "shift", "mean", "variance"}, "b");
  onnx.node("Relu", {"b"}, "c");
  onnx.node("PRelu", {"c", "slope"}, "d");
  onnx.node("Add", {"d", "x"}, "e");
  onnx.node("Clip", {"e"}, "f").number("min", -5).number("max", 5);
  onnx.model.mutable_opset_import(0)->set_version(9);
  onnx.node("MaxPool", {"f"}, "g").integers("kernel_shape", {2}).integers("strides", {2});
  onnx.node("Concat", {"g", "g"}, "h").integer("axis", -2);
  onnx.node("Conv", {"h", "w2"}, "i");
  onnx.node("GlobalAveragePool", {"i"}, "j");
  onnx.node("Flatten", {"j"}, "k");
  onnx.node("Gemm", {"k", "matrix"}, "y");
  return onnx;
}

TEST(OneDimensional, AChainHasNoReshapesBetweenItsLayers) {
  const Graph graph = network().import();

  EXPECT_EQ(operators(graph),
            (Names{"reshape", "conv2d", "batch_norm", "relu", "prelu", "reshape", "add", "clip",
                   "max_pool", "concat", "conv2d", "average_pool", "flatten", "linear"}));
}

TEST(OneDimensional, TheChainIsThatOfImages) {
  OnnxBuilder images = network();
  auto& proto = *images.model.mutable_graph();
  proto.mutable_input(0)->clear_type();
  proto.mutable_input()->Clear();
  images.input("x", {-1, 2, 1, 8});
  for (auto& tensor : *proto.mutable_initializer()) {
    const bool is_kernel = tensor.dims_size() == 3;
    if (!is_kernel && tensor.name() != "slope") continue;
    const std::int64_t last = tensor.dims(tensor.dims_size() - 1);
    tensor.set_dims(tensor.dims_size() - 1, 1);
    tensor.add_dims(last);
  }
  for (auto& node : *proto.mutable_node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.name() == "axis") attribute.set_i(1);
      if (attribute.type() != ::onnx::AttributeProto::INTS) continue;
      const std::int64_t last = attribute.ints(attribute.ints_size() - 1);
      const bool pads = attribute.name() == "pads";
      attribute.clear_ints();
      if (pads) attribute.add_ints(0);
      attribute.add_ints(pads ? last : 1);
      if (pads) attribute.add_ints(0);
      attribute.add_ints(last);
    }
  }
  EXPECT_EQ(run(network().import(), {2, 2, 8}), run(images.import(), {2, 2, 1, 8}));
}

TEST(OneDimensional, AnOutputBetweenLayersKeepsItsShape) {
  OnnxBuilder onnx = network();
  onnx.output("c");

  const Graph graph = onnx.import();
  EXPECT_EQ(graph.value(graph.find_value("c")).shape, Shape({Shape::kBatch, 2, 8}));
  EXPECT_EQ(graph.nodes.size(), network().import().nodes.size() + 1);
}

TEST(OneDimensional, WhatIsExportedIsImportedAlike) {
  const Graph graph = network().import();
  const Graph again = import_onnx_bytes(export_onnx_bytes({graph, {}})).graph;

  EXPECT_EQ(operators(again), operators(graph));
  EXPECT_EQ(run(again, {2, 2, 8}), run(graph, {2, 2, 8}));
}

TEST(OneDimensional, WhatDoesNotFitIsRefused) {
  const auto refused = [](const std::string& attribute, const Dims& values) {
    OnnxBuilder onnx = signal();
    onnx.counted("w", {1, 1, 2});
    onnx.node("Conv", {"x", "w"}, "y").integers(attribute, values);
    expect_error(Status::kUnsupported, {"(Conv)", attribute}, [&] { onnx.import(); });
  };
  refused("strides", {1, 1});
  refused("pads", {0, 0, 0, 0});
  refused("pads", {-1, 0});
  refused("dilations", {std::int64_t{1} << 40});

  OnnxBuilder volume;
  volume.input("x", {-1, 1, 4, 4, 4}).output("y");
  volume.node("MaxPool", {"x"}, "y").integers("kernel_shape", {2, 2, 2});
  expect_error(Status::kUnsupported, {"(MaxPool)", "[N, 1, 4, 4, 4]", "one-dimensional [N, C, L]"},
               [&] { volume.import(); });
}

}  // namespace
}  // namespace ockham::converters::tests
