#include "tests/runtime/format/sample_model.h"

#include <cmath>
#include <numeric>

#include "runtime/reference/reference.h"

namespace ockham::tests {
namespace {

std::vector<float> wave(std::int64_t count, float phase) {
  std::vector<float> elements(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    elements[i] = 0.5f * std::sin(0.7f * static_cast<float>(i) + phase);
  }
  return elements;
}

ValueId constant(Graph& graph, const std::string& name, const Shape& shape, float phase) {
  return graph.add_constant(name, shape, wave(shape.elements(), phase));
}

/// 3x3, same size, two filters, with bias.
ValueId conv(Graph& graph, const std::string& name, ValueId x, float phase) {
  const std::int64_t channels = graph.value(x).shape[1];
  const ValueId weight = constant(graph, name + ".weight", {2, channels, 3, 3}, phase);
  const ValueId bias = constant(graph, name + ".bias", {2}, phase + 1.0f);
  const Conv2d op{.window = {.kernel = {3, 3}, .pad_begin = {1, 1}, .pad_end = {1, 1}}};
  return graph.add_node(name, op, {x, weight, bias});
}

ValueId batch_norm(Graph& graph, const std::string& name, ValueId x) {
  return graph.add_node(name, BatchNorm{},
                        {x, graph.add_constant(name + ".scale", {2}, {1.5f, 0.75f}),
                         graph.add_constant(name + ".shift", {2}, {0.25f, -0.125f}),
                         graph.add_constant(name + ".mean", {2}, {0.1f, -0.2f}),
                         graph.add_constant(name + ".variance", {2}, {1.25f, 0.5f})});
}

/// The operators that move or weigh pixels: from [N, 2, 6, 3] to the same.
ValueId moved(Graph& graph, ValueId x) {
  x = graph.add_node("lrn", Lrn{3, 0.5f, 0.75f, 2.0f}, {x});
  x = graph.add_node("pad", Pad{{0, 1}, {2, 0}, 0.25f}, {x});     // [N, 2, 8, 4]
  x = graph.add_node("transpose", Transpose{{0, 1, 3, 2}}, {x});  // [N, 2, 4, 8]
  x = graph.add_node("blocks", DepthToSpace{{1, 2}}, {x});        // [N, 1, 4, 16]
  const Resize halved{.kind = ResizeKind::kLinear, .size = {12, 8}, .scale = {0.0f, 0.5f}};
  x = graph.add_node("resize", halved, {x});                        // [N, 1, 12, 8]
  x = graph.add_node("columns", SpatialGather{3, {6, 0, 4}}, {x});  // [N, 1, 12, 3]
  x = graph.add_node("parted", Reshape{{6, 3}}, {x});
  const ValueId most = graph.add_node("most", Reduce{ReduceKind::kMax, {2, 3}}, {x});
  return graph.add_node("below", Binary{BinaryKind::kSub}, {x, most});
}

Graph sample_graph() {
  Graph graph;
  graph.name = "sample";
  const ValueId image = graph.add_input("image", {Shape::kBatch, 1, 6, 6});
  const ValueId norm1 = batch_norm(graph, "bn1", conv(graph, "conv1", image, 0.0f));
  const ValueId relu1 = graph.add_node("relu1", Unary{UnaryKind::kRelu}, {norm1});
  const ValueId conv2 = conv(graph, "conv2", relu1, 2.0f);
  const ValueId sum = graph.add_node("sum", Binary{BinaryKind::kAdd}, {relu1, conv2});
  const ValueId clip = graph.add_node("clip", Unary{UnaryKind::kClip, -1.0f, 6.0f}, {sum});
  const ValueId per_channel = constant(graph, "factor.constant", {2, 1, 1}, 6.0f);
  const ValueId scaled = graph.add_node("factor", Binary{BinaryKind::kMul}, {clip, per_channel});
  const ValueId softmax = graph.add_node("softmax", Softmax{2}, {scaled});
  const ValueId concat = graph.add_node("concat", Concat{2}, {scaled, softmax});
  const ValueId reshaped = graph.add_node("reshape", Reshape{{12, 6}}, {concat});
  const Window2d halves{.kernel = {2, 2}, .stride = {2, 2}};
  const ValueId pool = graph.add_node("pool", Pool2d{PoolKind::kMax, halves}, {reshaped});
  const ValueId flat = graph.add_node("flatten", Flatten{}, {moved(graph, pool)});
  const ValueId picked = graph.add_node("gather", Gather{{0, 1, 4, 7, 9, -1}}, {flat});
  const ValueId scale = graph.add_constant("quantized.scale", {1}, {0.125f});
  const ValueId zero_point = graph.add_constant("quantized.zero_point", {1}, {128.0f});
  const ValueId quantized =
      graph.add_node("quantized", FakeQuantize{}, {picked, scale, zero_point});
  const ValueId weight = constant(graph, "linear.weight", {3, 6}, 3.0f);
  const ValueId bias = constant(graph, "linear.bias", {3}, 4.0f);
  const ValueId scores = graph.add_node("linear", Linear{}, {quantized, weight, bias});
  const ValueId best = graph.add_node("best", TopK{.axis = 1, .count = 2}, {scores});
  const ArgExtreme where{.kind = ArgKind::kMin, .axis = 1, .keeps_axis = false};
  graph.outputs = {scores, best, graph.add_node("least", where, {scores})};
  return graph;
}

SelfTest recorded(const Graph& graph, std::int64_t batch) {
  const Shape shape = graph.value(graph.inputs[0]).shape.with_batch(batch);
  const std::vector<reference::Tensor<float>> inputs = {{shape, wave(shape.elements(), 5.0f)}};
  const auto outputs = reference::run<float>(graph, inputs);
  SelfTest test{.batch = batch, .inputs = {inputs[0].data}};
  for (const auto& output : outputs) test.outputs.push_back(output.data);
  return test;
}

Provenance sample_provenance() {
  Provenance provenance;
  provenance.set("network", "sample");
  provenance.set("method", "group-ard");
  provenance.set("seed", "1");
  provenance.set("settings", "{\"note\": \"two\nlines, \xC3\xA9\"}");
  provenance.layers = {{.layer = "conv1",
                        .dense_width = 4,
                        .width = 2,
                        .reason = "cut",
                        .relevance = {-2.5f, 4.0f, 3.5f, -1.0f},
                        .threshold = 3.0f},
                       {.layer = "linear", .dense_width = 3, .width = 3, .reason = "output"}};
  return provenance;
}

}  // namespace

ModelContents sample_model() {
  ModelContents contents;
  contents.graph = sample_graph();
  contents.preprocessing = {
      {.scale = 1.0f / 255.0f, .mean = {0.25f}, .standard_deviation = {0.5f}}};
  contents.self_test = recorded(contents.graph, 2);
  contents.provenance = sample_provenance();
  return contents;
}

ModelContents smallest_model() {
  ModelContents contents;
  Graph& graph = contents.graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 1});
  graph.outputs = {graph.add_node("y", Unary{UnaryKind::kRelu}, {x})};
  return contents;
}

}  // namespace ockham::tests
