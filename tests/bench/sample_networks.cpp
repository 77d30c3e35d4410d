#include "tests/bench/sample_networks.h"

#include "tests/cases/operator_cases.h"

namespace ockham::tests {
namespace {

ValueId add_random_constant(Graph& graph, const std::string& name, const Shape& shape) {
  return graph.add_constant(name, shape, random_floats(shape.elements(), 7));
}

ValueId add_conv_relu(Graph& graph, const std::string& name, ValueId x, std::int64_t width) {
  const std::int64_t channels = graph.value(x).shape[1];
  Conv2d conv;
  conv.window.kernel[0] = conv.window.kernel[1] = 3;
  const ValueId weight = add_random_constant(graph, name + ".weight", {width, channels, 3, 3});
  const ValueId bias = add_random_constant(graph, name + ".bias", {width});
  return graph.add_node(name + ".relu", Unary{UnaryKind::kRelu},
                        {graph.add_node(name, conv, {x, weight, bias})});
}

ValueId add_linear(Graph& graph, const std::string& name, ValueId x, std::int64_t width) {
  const ValueId weight =
      add_random_constant(graph, name + ".weight", {width, graph.value(x).shape[1]});
  const ValueId bias = add_random_constant(graph, name + ".bias", {width});
  return graph.add_node(name, Linear{}, {x, weight, bias});
}

LayerHistory history(const std::string& layer, std::int64_t dense_width, std::int64_t width) {
  LayerHistory result{layer, dense_width, width, "relevance above the cut", {}, 3.0f};
  for (std::int64_t i = 0; i < dense_width; ++i) {
    result.relevance.push_back(i < width ? -2.0f + 0.1f * static_cast<float>(i) : 8.0f);
  }
  return result;
}

}  // namespace

Graph small_network(const Widths& widths) {
  Graph graph;
  graph.name = "small";
  const ValueId image = graph.add_input("image", {Shape::kBatch, 1, 12, 12});
  Pool2d pool;
  pool.window.kernel[0] = pool.window.kernel[1] = 2;
  pool.window.stride[0] = pool.window.stride[1] = 2;
  const ValueId conv1 = add_conv_relu(graph, "conv1", image, widths.conv1);
  const ValueId pool1 = graph.add_node("pool1", pool, {conv1});
  const ValueId conv2 = add_conv_relu(graph, "conv2", pool1, widths.conv2);
  const ValueId flat = graph.add_node("flatten", Flatten{}, {conv2});
  const ValueId fc1 = add_linear(graph, "fc1", flat, widths.hidden);
  const ValueId relu = graph.add_node("fc1.relu", Unary{UnaryKind::kRelu}, {fc1});
  graph.outputs = {add_linear(graph, "fc2", relu, 10)};
  return graph;
}

std::int64_t small_network_macs(const Widths& widths) {
  const std::int64_t conv1 = 10 * 10 * 9 * widths.conv1;
  const std::int64_t conv2 = 3 * 3 * 9 * widths.conv1 * widths.conv2;
  const std::int64_t fc1 = 3 * 3 * widths.conv2 * widths.hidden;
  return conv1 + conv2 + fc1 + 10 * widths.hidden;
}

ModelContents small_model(const Widths& dense, const Widths& widths) {
  ModelContents contents;
  contents.graph = small_network(widths);
  contents.provenance.set("network", "small");
  contents.provenance.set("method", "group-ard");
  contents.provenance.set("test_error_percent", "1.25");
  contents.provenance.set("dense.test_error_percent", "1.00");
  contents.provenance.layers = {history("conv1", dense.conv1, widths.conv1),
                                history("conv2", dense.conv2, widths.conv2),
                                history("fc1", dense.hidden, widths.hidden)};
  return contents;
}

std::filesystem::path write_small_model(const std::filesystem::path& folder,
                                        const std::string& name, const Widths& widths) {
  const std::filesystem::path path = folder / name;
  write_model(path, small_model(Widths{}, widths));
  return path;
}

}  // namespace ockham::tests
