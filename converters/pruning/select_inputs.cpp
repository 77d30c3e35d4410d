#include "converters/pruning/select_inputs.h"

#include <algorithm>
#include <string>
#include <utility>

#include "converters/channels/channel_structure.h"
#include "converters/channels/convolutions.h"
#include "converters/pruning/graph_edits.h"
#include "runtime/graph/unread.h"
#include "runtime/graph/validate.h"

namespace ockham::converters {
namespace {

template <class Op>
const Op* producer_as(const Graph& graph, ValueId value) {
  const NodeId id = graph.producer(value);
  return id < 0 ? nullptr : std::get_if<Op>(&graph.node(id).op);
}

/// What was flattened into the value; the value itself when nothing was.
ValueId unflattened(const Graph& graph, ValueId value) {
  while (producer_as<Flatten>(graph, value) != nullptr) {
    value = graph.node(graph.producer(value)).inputs[0];
  }
  return value;
}

/// Whether the layer cannot lose an input just because its own column for it is zero: there are
/// several inputs for each channel, or the groups of a grouped convolution must stay of one size.
bool shares_channels(const Graph& graph, const ChannelStructure& channels, ValueId value) {
  const auto is_sliced = [&](const WeightAxis& axis) {
    return input_slices(graph, graph.node(axis.node)).count > 1;
  };
  return std::ranges::any_of(channels.of(value).groups, [&](int number) {
    const ChannelGroup& group = channels.groups()[static_cast<std::size_t>(number)];
    return group.in(value).block > 1 || std::ranges::any_of(group.producers, is_sliced) ||
           std::ranges::any_of(group.consumers, is_sliced);
  });
}

bool needs_gather(const Graph& graph, const ChannelStructure& channels, const Node& node) {
  if (!std::holds_alternative<Linear>(node.op)) return false;
  const ValueId x = node.inputs[0];
  if (producer_as<Gather>(graph, x) != nullptr) return false;
  return graph.producer(unflattened(graph, x)) < 0 || shares_channels(graph, channels, x);
}

/// Lets the Gather read the input of a Gather in front of it.
void skip_gather_in_front(const Graph& graph, Node& node) {
  Gather& gather = std::get<Gather>(node.op);
  while (const Gather* first = producer_as<Gather>(graph, node.inputs[0])) {
    for (std::int64_t& index : gather.indices) {
      if (index != Gather::kZero) index = first->indices[static_cast<std::size_t>(index)];
    }
    node.inputs[0] = graph.node(graph.producer(node.inputs[0])).inputs[0];
  }
}

}  // namespace

Graph expose_inputs(Graph graph) {
  const Channels channels = channel_structure(graph);
  std::vector<Node> nodes;
  for (const Node& node : graph.nodes) {
    Node layer = node;
    if (needs_gather(graph, *channels, node)) nodes.push_back(gather_all(graph, layer, 0));
    nodes.push_back(std::move(layer));
  }
  graph.nodes = std::move(nodes);
  validate(graph);
  return graph;
}

void drop_identity_gathers(Graph& graph) {
  for (Node& node : graph.nodes) {
    auto* gather = std::get_if<Gather>(&node.op);
    if (gather == nullptr) continue;
    skip_gather_in_front(graph, node);
    const std::int64_t channels = graph.value(node.inputs[0]).shape[1];
    if (selects_everything(*gather, channels)) {
      read_instead(graph, node.outputs[0], node.inputs[0]);
    }
  }
  drop_unread_nodes(graph);
  validate(graph);
}

}  // namespace ockham::converters
