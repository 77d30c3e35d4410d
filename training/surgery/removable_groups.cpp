#include "training/surgery/removable_groups.h"

#include <algorithm>

namespace ockham::training {
namespace {

using converters::ChannelGroup;

/// Whether something is divided by channels of the group: without one it would be divided by zero.
bool is_divided_by(const Graph& graph, const ChannelGroup& group) {
  return std::ranges::any_of(group.values, [&](const converters::CarriedValue& carried) {
    return is_divisor(graph, carried.value);
  });
}

bool is_made_by_layers(const ChannelGroup& group) {
  return !group.producers.empty() || !group.selectors.empty();
}

bool is_read_by_layers(const ChannelGroup& group) {
  return !group.consumers.empty() || !group.gathers.empty();
}

}  // namespace

bool is_divisor(const Graph& graph, ValueId value) {
  return std::ranges::any_of(graph.nodes, [&](const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    return binary != nullptr && binary->kind == BinaryKind::kDiv && node.inputs[1] == value;
  });
}

std::vector<ChannelGroup> removable_groups(const Graph& graph,
                                           const converters::ChannelStructure& channels) {
  std::vector<ChannelGroup> groups = channels.groups();
  std::erase_if(groups, [&](const ChannelGroup& group) {
    return !group.removable || !is_made_by_layers(group) || !is_read_by_layers(group) ||
           is_divided_by(graph, group);
  });
  return groups;
}

}  // namespace ockham::training
