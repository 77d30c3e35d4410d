// Which groups training may take channels from.
#pragma once

#include <vector>

#include "converters/channels/channel_groups.h"
#include "runtime/graph/graph.h"

namespace ockham::training {

/// The groups that have layers on both sides, and that nothing is divided by. Channels that a
/// concat makes are not among them: they go with those that it joins.
std::vector<converters::ChannelGroup> removable_groups(const Graph& graph);

/// Whether something is divided by the value.
bool is_divisor(const Graph& graph, ValueId value);

}  // namespace ockham::training
