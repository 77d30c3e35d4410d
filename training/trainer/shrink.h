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
/// go, or that stand for reshapes and transposes which only move channels, and scales behind
/// Gathers that gates are folded into. It computes what it did.
Graph training_form(Graph graph);
/// The network as users see it: without those of them that still change nothing.
Graph plain_network(Graph graph);

/// Kept channels by group name, ascending.
using KeptChannels = std::map<std::string, std::vector<std::int64_t>>;

/// Channels whose relevance is at least `cut`, ascending; the most relevant one when there is none.
std::vector<std::int64_t> channels_above(const std::vector<double>& relevance, double cut);

/// Every channel of every removable group, and of those that concats join them to.
KeptChannels all_channels(const Graph& graph);

/// The channels that stay when a network is cut down to `keep`. Fewer than these: a channel that is
/// then constant, or that nobody reads any more, goes too. More than these: a channel stays that a
/// kept one is picked from, that keeps a grouped convolution even, or without which the network
/// would couple other channels (a depthwise convolution keeps two). Groups that `keep` does not
/// name lose none, but for those that concats make of the named: they follow, and are in the
/// result.
KeptChannels living_channels(const Graph& graph, const KeptChannels& keep);

/// The network with just these channels, whose weights stay as they are; groups that `living` does
/// not name lose none. Throws std::invalid_argument when there are no such channels.
converters::Compacted select_channels(const Graph& graph, const KeptChannels& living);

/// The network without channels that are dead in it as it is: constants are folded, so that it
/// computes the same. Groups that `fixed` names lose none.
Graph without_dead_channels(const Graph& graph, const std::set<std::string>& fixed = {});

/// What compaction kept of each constant: names to the parts of KeptIndices.
std::map<std::string, std::vector<converters::IndicesPerAxis>> kept_indices(
    const converters::Compacted& compacted);

/// `inner` numbers channels of a network that kept `outer`; the result numbers those of the first,
/// in the groups that `outer` names. Those that `inner` does not name have lost none since.
KeptChannels compose(const KeptChannels& outer, const KeptChannels& inner);

/// The masked network: `compact`'s constants in the widths of `dense`, zeros elsewhere (ones where
/// a constant divides).
Graph scatter(const Graph& dense, const Graph& compact, const KeptChannels& kept);

}  // namespace ockham::training
