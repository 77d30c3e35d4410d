#include "converters/pruning/select_inputs.h"

#include <algorithm>
#include <string>
#include <utility>

#include "converters/channels/channel_groups.h"
#include "converters/pruning/graph_edits.h"
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

bool has_several_of_a_channel(const std::vector<ChannelGroup>& groups, ValueId value) {
  return std::ranges::any_of(groups, [&](const ChannelGroup& group) {
    const auto found = std::ranges::find(group.values, value, &CarriedValue::value);
    return found != group.values.end() && found->block > 1;
  });
}

bool needs_gather(const Graph& graph, const std::vector<ChannelGroup>& groups, const Node& node) {
  if (!std::holds_alternative<Linear>(node.op)) return false;
  const ValueId x = node.inputs[0];
  if (producer_as<Gather>(graph, x) != nullptr) return false;
  return graph.producer(unflattened(graph, x)) < 0 || has_several_of_a_channel(groups, x);
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
  const std::vector<ChannelGroup> groups = channel_groups(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!needs_gather(graph, groups, graph.nodes[i])) continue;
    Node gather = gather_all(graph, graph.nodes[i], 0);
    graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i), std::move(gather));
    ++i;  // the layer, now behind its Gather
  }
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
