#include "converters/channels/group_colours.h"

#include <algorithm>
#include <map>
#include <set>

namespace ockham::converters {
namespace {

DrawnChannels drawn_channels(const ChannelStructure& channels, const Value& value,
                             const std::vector<int>& groups) {
  DrawnChannels drawn{.name = value.name, .groups = groups};
  bool is_removable = false;
  for (const int number : groups) {
    const ChannelGroup& group = channels.groups()[static_cast<std::size_t>(number)];
    if (groups.size() == 1) drawn.name = group.name;
    drawn.width += group.width;
    is_removable |= group.removable;
    if (drawn.why_not.empty()) drawn.why_not = group.why_not;
  }
  if (is_removable) drawn.why_not.clear();
  return drawn;
}

/// Without colours.
Colouring without_colours(const Graph& graph, const ChannelStructure& channels) {
  Colouring found;
  std::map<std::vector<int>, int> known;
  for (ValueId value = 0; value < static_cast<ValueId>(graph.values.size()); ++value) {
    const std::vector<int>& groups = channels.of(value).groups;
    if (groups.empty()) {
      found.of_value.push_back(-1);
      continue;
    }
    std::vector<int> sorted = groups;
    std::ranges::sort(sorted);
    const auto [at, is_new] = known.emplace(sorted, static_cast<int>(found.drawn.size()));
    if (is_new) found.drawn.push_back(drawn_channels(channels, graph.value(value), groups));
    found.of_value.push_back(at->second);
  }
  return found;
}

/// For each those that a node computes from it or it from.
std::vector<std::set<int>> neighbours(const Graph& graph, const Colouring& found) {
  std::vector<std::set<int>> neighbours(found.drawn.size());
  for (const Node& node : graph.nodes) {
    const int to = found.of_value[static_cast<std::size_t>(node.outputs[0])];
    for (const ValueId input : node.inputs) {
      const int from = found.of_value[static_cast<std::size_t>(input)];
      if (from < 0 || from == to) continue;
      neighbours[static_cast<std::size_t>(from)].insert(to);
      neighbours[static_cast<std::size_t>(to)].insert(from);
    }
  }
  return neighbours;
}

}  // namespace

Colouring group_colours(const Graph& graph, const ChannelStructure& channels, int colours) {
  Colouring found = without_colours(graph, channels);
  const std::vector<std::set<int>> beside = neighbours(graph, found);
  int next = 0;
  for (std::size_t i = 0; i < found.drawn.size(); ++i) {
    if (!found.drawn[i].why_not.empty()) continue;
    std::set<int> taken;
    for (const int other : beside[i]) {
      taken.insert(found.drawn[static_cast<std::size_t>(other)].colour);
    }
    int tries = 0;
    while (tries < colours && taken.contains((next + tries) % colours)) ++tries;
    found.drawn[i].colour = (next + tries) % colours;
    next = (found.drawn[i].colour + 1) % colours;
  }
  return found;
}

}  // namespace ockham::converters
