// Colours for pictures of channel groups.
#pragma once

#include <span>
#include <vector>

#include "converters/channels/channel_groups.h"

namespace ockham::converters {

/// A number from 0 to `colours` - 1 for each group, -1 for those that may not be cut. There can be
/// more groups than colours, so that they repeat, but not where a node reads one group and computes
/// another as long as another colour is left.
std::vector<int> group_colours(const Graph& graph, std::span<const ChannelGroup> groups,
                               int colours);

}  // namespace ockham::converters
