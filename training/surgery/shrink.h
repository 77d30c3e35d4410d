// Removing channels from a network while it trains, and putting it back into its dense widths.
// Both go through the converters' analysis and compaction, as converting does later.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "converters/channels/channel_structure.h"
#include "converters/pruning/compact.h"
#include "runtime/graph/graph.h"

namespace ockham::training {

/// The network with the nodes that training needs: Gathers that let single inputs of linear layers
/// go, or that stand for reshapes and transposes which only move channels, and scales behind
/// Gathers that gates are folded into. It computes what it did.
Graph training_form(Graph graph);
/// The network as users see it: without those of them that still change nothing.
Graph plain_network(Graph graph);

/// Kept channels by group name, ascending.
using KeptChannels = std::map<std::string, std::vector<std::int64_t>>;

/// Channels whose relevance is at least `cut`, ascending; the most relevant one when there is none.
std::vector<std::int64_t> channels_above(const std::vector<double>& relevance, double cut);

// In what follows, `channels` are those of the graph in front of it.

/// Every channel of every removable group.
KeptChannels all_channels(const Graph& graph, const converters::ChannelStructure& channels);

/// The channels that stay when a network is cut down to `keep`, of the groups that it names; others
/// lose none. Fewer than `keep`: a channel that is then constant, or that nobody reads any more,
/// goes too. More than `keep`: a channel stays that a kept one is picked from by a Gather, that
/// keeps the groups of a grouped convolution of one size, or without which other channels would be
/// coupled afterwards than before (a depthwise convolution of one channel would be an ordinary one,
/// so that it keeps two).
KeptChannels living_channels(const Graph& graph, const converters::Channels& channels,
                             const KeptChannels& keep);

/// The network with just these channels, whose weights stay as they are; groups that `living` does
/// not name lose none, and names of groups that there are not are passed over. Throws
/// std::invalid_argument when a group has no such channels.
converters::Compacted select_channels(const Graph& graph, const converters::Channels& channels,
                                      const KeptChannels& living);

/// The network without channels that are dead in it as it is: constants are folded, so that it
/// computes the same. Groups that `fixed` names lose none.
Graph without_dead_channels(const Graph& graph, const converters::Channels& channels,
                            const std::set<std::string>& fixed = {});

/// What compaction kept of each constant: names to the parts of KeptIndices.
std::map<std::string, std::vector<converters::IndicesPerAxis>> kept_indices(
    const converters::Compacted& compacted);

/// `inner` numbers channels of a network that kept `outer`; the result numbers those of the first,
/// in the groups that `outer` names. Those that `inner` does not name have lost none since.
KeptChannels compose(const KeptChannels& outer, const KeptChannels& inner);

/// The masked network: `compact`'s constants in the widths of `dense`, zeros elsewhere (ones where
/// a constant divides).
Graph scatter(const Graph& dense, const converters::Channels& channels, const Graph& compact,
              const KeptChannels& kept);

}  // namespace ockham::training
