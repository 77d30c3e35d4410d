// Removing channels from a network while it trains, and putting it back into its dense widths.
// Both go through the converters' analysis and compaction, as converting does later.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "converters/channels/channel_groups.h"
#include "converters/pruning/compact.h"
#include "runtime/graph/graph.h"

namespace ockham::training {

/// The network with the nodes that training needs: Gathers that let single inputs of linear layers
/// go, and scales behind Gathers that gates are folded into. They change nothing.
Graph training_form(Graph graph);
/// The network as users see it: without those of them that still change nothing.
Graph plain_network(Graph graph);

/// Kept channels by group name, ascending.
using KeptChannels = std::map<std::string, std::vector<std::int64_t>>;

/// Channels whose relevance is at least `cut`, ascending; the most relevant one when there is none.
std::vector<std::int64_t> channels_above(const std::vector<double>& relevance, double cut);

/// Every channel of every removable group, and of those that concats join them to.
KeptChannels all_channels(const Graph& graph);

/// What is left of `keep` without channels that then are constant or read by nobody, and with those
/// that others need (two where one would make other groups). Groups that `keep` does not name lose
/// none, but for those that concats make of the named: they follow, and are in the result.
KeptChannels living_channels(const Graph& graph, const KeptChannels& keep);

/// The network with just these channels, whose weights stay as they are; groups that `living` does
/// not name lose none. Throws std::invalid_argument when there are no such channels.
converters::Compacted select_channels(const Graph& graph, const KeptChannels& living);

/// The network without channels that are dead in it as it is: constants are folded, so that it
/// computes the same. Groups that `fixed` names lose none.
Graph without_dead_channels(const Graph& graph, const std::set<std::string>& fixed = {});

/// What compaction kept of each constant: names to indices per axis.
std::map<std::string, std::vector<std::vector<std::int64_t>>> kept_indices(
    const converters::Compacted& compacted);

/// `inner` numbers channels of a network that kept `outer`; the result numbers those of the first,
/// in the groups that `outer` names. Those that `inner` does not name have lost none since.
KeptChannels compose(const KeptChannels& outer, const KeptChannels& inner);

/// The masked network: `compact`'s constants in the widths of `dense`, zeros elsewhere (ones where
/// a constant divides).
Graph scatter(const Graph& dense, const Graph& compact, const KeptChannels& kept);

}  // namespace ockham::training
