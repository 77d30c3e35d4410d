// Which groups training may take channels from.
#pragma once

#include <vector>

#include "converters/channels/channel_structure.h"
#include "runtime/graph/graph.h"

namespace ockham::training {

/// The groups whose channels layers compute and layers read, and that nothing is divided by.
/// `channels` are those of the graph.
std::vector<converters::ChannelGroup> removable_groups(
    const Graph& graph, const converters::ChannelStructure& channels);

/// Whether something is divided by the value.
bool is_divisor(const Graph& graph, ValueId value);

}  // namespace ockham::training
