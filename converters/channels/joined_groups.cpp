#include "converters/channels/joined_groups.h"

#include <algorithm>

namespace ockham::converters {
namespace {

bool joins_channels(const Node& node) {
  const auto* concat = std::get_if<Concat>(&node.op);
  return concat != nullptr && concat->axis == 1;
}

const CarriedValue& carried(const ChannelGroup& group, ValueId value) {
  return *std::ranges::find(group.values, value, &CarriedValue::value);
}

const ChannelGroup& group_of(const std::vector<ChannelGroup>& groups, ValueId value) {
  return *std::ranges::find_if(groups, [&](const ChannelGroup& group) {
    return std::ranges::find(group.values, value, &CarriedValue::value) != group.values.end();
  });
}

/// Whether the group's channels are those that one concat joins.
bool is_one_concat(const Graph& graph, const ChannelGroup& group) {
  const auto is_joined = [&](const Node& node) {
    return joins_channels(node) && std::ranges::find(group.values, node.outputs[0],
                                                     &CarriedValue::value) != group.values.end();
  };
  return group.producers.empty() && group.selectors.empty() &&
         std::ranges::count_if(graph.nodes, is_joined) == 1;
}

}  // namespace

bool JoinedGroup::has_part(const std::string& name) const {
  return std::ranges::find(parts, name, &JoinedPart::group) != parts.end();
}

std::vector<JoinedGroup> joined_groups(const Graph& graph) {
  std::vector<JoinedGroup> joined;
  if (std::ranges::none_of(graph.nodes, joins_channels)) return joined;
  const std::vector<ChannelGroup> groups = channel_groups(graph);
  for (const Node& node : graph.nodes) {
    if (!joins_channels(node)) continue;
    const ChannelGroup& whole = group_of(groups, node.outputs[0]);
    if (!is_one_concat(graph, whole) || carried(whole, node.outputs[0]).block != 1) continue;
    JoinedGroup made{.group = whole, .parts = {}};
    for (const ValueId input : node.inputs) {
      const ChannelGroup& part = group_of(groups, input);
      const std::int64_t block = carried(part, input).block;
      const auto inner = std::ranges::find_if(
          joined, [&](const JoinedGroup& one) { return one.group.name == part.name; });
      if (inner == joined.end()) {
        made.parts.push_back({part.name, part.width, block});
        continue;
      }
      for (JoinedPart of_part : std::vector(inner->parts)) {
        of_part.block *= block;
        made.parts.push_back(std::move(of_part));
      }
    }
    joined.push_back(std::move(made));
  }
  return joined;
}

}  // namespace ockham::converters
