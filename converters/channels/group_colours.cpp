#include "converters/channels/group_colours.h"

#include <set>

namespace ockham::converters {
namespace {

/// For each group those that a node computes from it or it from.
std::vector<std::set<int>> neighbours(const Graph& graph, std::span<const ChannelGroup> groups) {
  std::vector<int> group_of(graph.values.size(), -1);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const CarriedValue& carried : groups[g].values) {
      group_of[static_cast<std::size_t>(carried.value)] = static_cast<int>(g);
    }
  }
  std::vector<std::set<int>> neighbours(groups.size());
  for (const Node& node : graph.nodes) {
    const int to = group_of[static_cast<std::size_t>(node.outputs[0])];
    for (const ValueId input : node.inputs) {
      const int from = group_of[static_cast<std::size_t>(input)];
      if (from < 0 || from == to) continue;
      neighbours[static_cast<std::size_t>(from)].insert(to);
      neighbours[static_cast<std::size_t>(to)].insert(from);
    }
  }
  return neighbours;
}

}  // namespace

std::vector<int> group_colours(const Graph& graph, std::span<const ChannelGroup> groups,
                               int colours) {
  const std::vector<std::set<int>> beside = neighbours(graph, groups);
  std::vector<int> colour(groups.size(), -1);
  int next = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (!groups[g].removable) continue;
    std::set<int> taken;
    for (const int other : beside[g]) taken.insert(colour[static_cast<std::size_t>(other)]);
    int tries = 0;
    while (tries < colours && taken.contains((next + tries) % colours)) ++tries;
    colour[g] = (next + tries) % colours;
    next = (colour[g] + 1) % colours;
  }
  return colour;
}

}  // namespace ockham::converters
