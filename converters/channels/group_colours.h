// Colours for pictures of which channels belong together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/channels/channel_structure.h"

namespace ockham::converters {

/// What a picture shows as one: the activations whose channels are those of the same groups, which
/// is one group but for those that a concat makes.
struct DrawnChannels {
  std::string name;         ///< of the group; of the first such activation where there are several
  std::vector<int> groups;  ///< in the order in which they lie there
  std::int64_t width = 0;   ///< channels of all groups
  int colour = -1;          ///< -1: none of them may be cut
  std::string why_not;      ///< why none may be cut; empty: some may
};

struct Colouring {
  std::vector<DrawnChannels> drawn;  ///< in the order of their first value
  std::vector<int> of_value;         ///< index in `drawn`; -1: a constant
};

/// Numbers from 0 to `colours` - 1 as colours. There can be more to draw than colours, so that they
/// repeat, but not where a node reads one and computes another as long as another colour is left.
Colouring group_colours(const Graph& graph, const ChannelStructure& channels, int colours);

}  // namespace ockham::converters
