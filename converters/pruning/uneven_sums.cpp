#include "converters/pruning/uneven_sums.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "converters/channels/convolutions.h"
#include "converters/pruning/graph_edits.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/validate.h"

namespace ockham::converters {
namespace {

bool is_sum(const Graph& graph, const Node& node) {
  const auto* binary = std::get_if<Binary>(&node.op);
  if (binary == nullptr) return false;
  const bool adds = binary->kind == BinaryKind::kAdd || binary->kind == BinaryKind::kSub;
  const Value& left = graph.value(node.inputs[0]);
  const Value& right = graph.value(node.inputs[1]);
  return adds && !left.is_constant && !right.is_constant && left.shape == right.shape;
}

/// Whether the node computes each channel from the one channel of its only activation.
bool is_channelwise(const Graph& graph, const Node& node) {
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
    const std::int64_t channels = graph.value(node.inputs[0]).shape[1];
    return is_depthwise(*conv, channels) && graph.value(node.inputs[1]).shape[0] == channels;
  }
  return std::holds_alternative<BatchNorm>(node.op) || std::holds_alternative<Unary>(node.op) ||
         std::holds_alternative<Pool2d>(node.op);
}

/// The input of which the node computes each channel by itself: its only activation, or what a
/// gate with one number for each channel scales. -1 where there is none.
ValueId channelwise_input(const Graph& graph, const Node& node) {
  if (is_channelwise(graph, node)) return node.inputs[0];
  const auto* binary = std::get_if<Binary>(&node.op);
  if (binary == nullptr || binary->kind != BinaryKind::kMul) return -1;
  const auto is_whole = [&](ValueId id) {
    const Value& value = graph.value(id);
    return !value.is_constant && value.shape == graph.value(node.outputs[0]).shape;
  };
  const bool left = is_whole(node.inputs[0]), right = is_whole(node.inputs[1]);
  if (left == right) return -1;
  return left ? node.inputs[0] : node.inputs[1];
}

/// The layer whose filters are the channels of `value`, or -1.
NodeId computing_layer(const Graph& graph, ValueId value) {
  NodeId id = graph.producer(value);
  while (id >= 0) {
    const ValueId input = channelwise_input(graph, graph.node(id));
    if (input < 0) break;
    id = graph.producer(input);
  }
  if (id < 0 || !is_layer(graph.node(id).op)) return -1;
  const bool same_width =
      graph.value(graph.node(id).outputs[0]).shape[1] == graph.value(value).shape[1];
  return same_width ? id : -1;
}

/// Channels that are zero in the operand and not dead in the sum.
std::int64_t zeros(const Analysis& analysis, const Node& sum, std::size_t i) {
  const ChannelFacts& operand = facts_of(analysis, sum.inputs[i]);
  const ChannelFacts& result = facts_of(analysis, sum.outputs[0]);
  std::int64_t count = 0;
  for (std::size_t c = 0; c < operand.constant.size(); ++c) {
    count += operand.constant[c] == 0.0 && !is_dead(result, static_cast<std::int64_t>(c)) ? 1 : 0;
  }
  return count;
}

}  // namespace

bool UnevenSum::is_better_gathered() const {
  return saved_macs >= kMacsPerMovedElement * moved_elements;
}

std::string UnevenSum::text() const {
  const std::string them = zeros == 1 ? "a zero" : fmt::format("{} zeros", zeros);
  return is_better_gathered()
             ? fmt::format("{} for {} put there by a gather", them, sum)
             : fmt::format("{} computed for {}, as a gather would cost more", them, sum);
}

std::vector<UnevenSum> uneven_sums(const Graph& graph, const Analysis& analysis) {
  std::vector<UnevenSum> sums;
  const GraphCost counted = cost(graph);
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < 2 && is_sum(graph, node); ++i) {
      const NodeId layer = computing_layer(graph, node.inputs[i]);
      const std::int64_t count = layer < 0 ? 0 : zeros(analysis, node, i);
      if (count == 0) continue;
      const Shape& shape = graph.value(node.inputs[i]).shape;
      const std::int64_t macs = counted.nodes[static_cast<std::size_t>(layer)].macs;
      sums.push_back({.sum = node.name,
                      .operand = i,
                      .layer = graph.node(layer).name,
                      .zeros = count,
                      .saved_macs = macs / shape[1] * count,
                      .moved_elements = shape.elements()});
    }
  }
  return sums;
}

Graph gather_operands(Graph graph, const std::vector<UnevenSum>& sums) {
  for (const UnevenSum& sum : sums) {
    const auto at = std::ranges::find(graph.nodes, sum.sum, &Node::name);
    Node gather = gather_all(graph, *at, sum.operand);
    graph.nodes.insert(at, std::move(gather));
  }
  validate(graph);
  return graph;
}

}  // namespace ockham::converters
