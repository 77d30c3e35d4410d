// Removing channels from a network while it trains, and putting it back into its dense widths.
// Both go through the converters' analysis and compaction, as converting does later.
#pragma once

#include <cstdint>
#include <map>
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

/// The groups that may lose channels and have layers on both sides.
std::vector<converters::ChannelGroup> removable_groups(const Graph& graph);

/// Channels whose relevance is at least `cut`, ascending; the most relevant one when there is none.
std::vector<std::int64_t> channels_above(const std::vector<double>& relevance, double cut);

/// Every channel of every removable group.
KeptChannels all_channels(const Graph& graph);

/// The network without the other channels (groups that `keep` does not name lose none): their
/// weights, biases and batch-norm shifts are set to
/// zero, and what is zero is removed.
converters::Compacted keep_channels(const Graph& graph, const KeptChannels& keep);

/// What compaction kept of each constant: names to indices per axis.
std::map<std::string, std::vector<std::vector<std::int64_t>>> kept_indices(
    const converters::Compacted& compacted);

/// The kept channels of each group after compaction, in the numbering of `graph`.
KeptChannels kept_channels(const Graph& graph, const converters::Compacted& compacted);

/// `inner` numbers channels of a network that kept `outer`; the result numbers those of the first,
/// in the groups that `outer` names.
KeptChannels compose(const KeptChannels& outer, const KeptChannels& inner);

/// The same structure with every constant set to one: for asking which indices a set of channels
/// keeps, whatever the weights are.
Graph with_ones(Graph graph);

/// The masked network: `compact`'s constants in the widths of `dense`, exact zeros elsewhere.
Graph scatter(const Graph& dense, const Graph& compact, const KeptChannels& keep);

}  // namespace ockham::training
