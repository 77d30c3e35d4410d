#include "converters/pruning/gather_scales.h"

#include <algorithm>
#include <string>
#include <utility>

#include "converters/pruning/graph_edits.h"
#include "runtime/graph/unread.h"
#include "runtime/graph/validate.h"

namespace ockham::converters {
namespace {

/// Whether the node multiplies what a Gather alone gives it with a number per channel.
bool is_scale(const Graph& graph, const Node& node) {
  const auto* binary = std::get_if<Binary>(&node.op);
  if (binary == nullptr || binary->kind != BinaryKind::kMul) return false;
  const NodeId producer = graph.producer(node.inputs[0]);
  const Value& factor = graph.value(node.inputs[1]);
  return producer >= 0 && std::holds_alternative<Gather>(graph.node(producer).op) &&
         factor.is_constant && factor.shape.rank() >= 1 &&
         factor.shape.elements() == factor.shape[0] &&
         factor.shape[0] == graph.value(node.inputs[0]).shape[1] &&
         factor.shape.rank() == graph.value(node.inputs[0]).shape.rank() - 1 &&
         graph.readers(node.inputs[0]).size() == 1;
}

bool needs_scale(const Graph& graph, const Node& node) {
  if (!std::holds_alternative<Gather>(node.op)) return false;
  const std::vector<NodeId> readers = graph.readers(node.outputs[0]);
  const bool only_layers = std::ranges::all_of(readers, [&](NodeId reader) {
    return mixes_channels(graph.node(reader)) || is_scale(graph, graph.node(reader));
  });
  return graph.is_output(node.outputs[0]) || !only_layers;
}

/// A scale that reads what the Gather computes; the Gather's readers read it instead.
Node scale_behind(Graph& graph, Node& gather) {
  const Value picked = graph.value(gather.outputs[0]);
  const std::string name = gather.name + ".scale";
  Shape shape(std::vector<std::int64_t>(static_cast<std::size_t>(picked.shape.rank()) - 1, 1));
  shape[0] = picked.shape[1];
  const ValueId factor =
      graph.add_constant(unused_name(graph, name), shape,
                         std::vector<float>(static_cast<std::size_t>(shape[0]), 1.0f));
  graph.values.push_back(
      {.name = unused_name(graph, gather.name + ".picked"), .shape = picked.shape});
  const auto unscaled = static_cast<ValueId>(graph.values.size() - 1);
  const ValueId output = std::exchange(gather.outputs[0], unscaled);
  return {unused_node_name(graph, name), Binary{BinaryKind::kMul}, {unscaled, factor}, {output}};
}

}  // namespace

Graph expose_scales(Graph graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!needs_scale(graph, graph.nodes[i])) continue;
    Node scale = scale_behind(graph, graph.nodes[i]);
    graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(++i), std::move(scale));
  }
  validate(graph);
  return graph;
}

void drop_unit_scales(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node scale = graph.nodes[i];
    if (!is_scale(graph, scale)) continue;
    const auto factors = graph.value(scale.inputs[1]).constant.floats;
    if (!std::ranges::all_of(factors, [](float factor) { return factor == 1.0f; })) continue;
    graph.nodes[static_cast<std::size_t>(graph.producer(scale.inputs[0]))].outputs = scale.outputs;
    graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i--));
  }
  drop_unread_values(graph);
  validate(graph);
}

std::vector<FactorAxis> gather_factors(const Graph& graph, NodeId gather) {
  std::vector<FactorAxis> axes;
  for (const NodeId id : graph.readers(graph.node(gather).outputs[0])) {
    const Node& reader = graph.node(id);
    const bool mixes = mixes_channels(reader);
    if (!mixes && !is_scale(graph, reader)) continue;
    axes.push_back({.node = id, .constant = reader.inputs[1], .axis = mixes ? 1 : 0});
  }
  return axes;
}

}  // namespace ockham::converters
