// Carriers: the constant channels that must stay because a zero-padded convolution reads them.
#pragma once

#include <cstdint>
#include <vector>

#include "converters/channels/channel_facts.h"
#include "converters/channels/channel_structure.h"

namespace ockham::converters {

/// A layer that reads channels through zero padding sees a constant inside the image and zero at
/// the border, which no bias can stand for. But all its constant inputs look alike up to their
/// scale, so one of them (in each slice of a grouped convolution) can carry the others.
bool reads_through_padding(const Graph& graph, const Node& layer);

/// Whether weights of this filter or neuron that read this input channel are not all zero.
bool reads(const Graph& graph, const Node& layer, std::int64_t filter, std::int64_t channel);

/// Which of the `removable` channels (flags of every group) must stay as carriers, in the order in
/// which they are chosen, given the channels that stay anyway. Prefers channels that stay, then
/// those already chosen, then those in whose place another would stay, then the largest constant.
std::vector<ChannelId> choose_carriers(const Graph& graph, const Analysis& analysis,
                                       const ChannelStructure& channels,
                                       const std::vector<std::vector<bool>>& removable);

}  // namespace ockham::converters
