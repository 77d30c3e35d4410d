#include "converters/pruning/graph_edits.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/graph/subnormals.h"

namespace ockham::converters {

std::string unused_name(const Graph& graph, std::string name) {
  while (graph.find_value(name) >= 0) name += "_";
  return name;
}

std::string unused_node_name(const Graph& graph, std::string name) {
  while (std::ranges::find(graph.nodes, name, &Node::name) != graph.nodes.end()) name += "_";
  return name;
}

ValueId own_bias(Graph& graph, NodeId layer) {
  Node& node = graph.nodes[static_cast<std::size_t>(layer)];
  const bool has_bias = node.inputs.size() == 3;
  if (has_bias && graph.readers(node.inputs[2]).size() == 1) return node.inputs[2];
  const std::int64_t width = graph.value(node.inputs[1]).shape[0];
  std::vector<float> elements(static_cast<std::size_t>(width), 0.0f);
  if (has_bias) std::ranges::copy(graph.value(node.inputs[2]).constant.floats, elements.begin());
  const ValueId bias =
      graph.add_constant(unused_name(graph, node.name + ".bias"), {width}, std::move(elements));
  node.inputs.resize(2);
  node.inputs.push_back(bias);
  return bias;
}

std::vector<double> exact_elements(const Graph& graph, ValueId constant,
                                   const ExactConstants& exact) {
  const Value& value = graph.value(constant);
  if (const auto computed = exact.find(value.name); computed != exact.end()) {
    return computed->second;
  }
  return {value.constant.floats.begin(), value.constant.floats.end()};
}

void set_computed(Graph& graph, ValueId constant, Shape shape, std::vector<double> elements,
                  ExactConstants& exact) {
  std::vector<float> floats(elements.size());
  std::ranges::transform(elements, floats.begin(), flushed);
  graph.set_constant(constant, std::move(shape), std::move(floats));
  exact[graph.value(constant).name] = std::move(elements);
}

std::vector<std::int64_t> all_indices(std::int64_t extent) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(extent));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

bool mixes_channels(const Node& node) {
  const auto* conv = std::get_if<Conv2d>(&node.op);
  return is_layer(node.op) && (conv == nullptr || conv->groups == 1);
}

void read_instead(Graph& graph, ValueId before, ValueId after) {
  for (Node& node : graph.nodes) std::ranges::replace(node.inputs, before, after);
}

Node gather_all(Graph& graph, Node& node, std::size_t input) {
  const ValueId before = node.inputs[input];
  const Shape shape = graph.value(before).shape;
  Gather all{all_indices(shape[1])};
  const std::string name = node.name + ".inputs";
  const auto gathered = static_cast<ValueId>(graph.values.size());
  graph.values.push_back({.name = unused_name(graph, name), .shape = shape});
  node.inputs[input] = gathered;
  return {unused_node_name(graph, name), std::move(all), {before}, {gathered}};
}

}  // namespace ockham::converters
