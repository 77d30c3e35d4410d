// What is decided about groups of channels, and what it means for the values that carry them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "converters/channels/channel_structure.h"

namespace ockham::converters {

/// The decision for one group of channels.
struct GroupDecision {
  /// Kept channels, ascending. Empty where activations of the group have channels of other groups
  /// left; no activation loses its last channel.
  std::vector<std::int64_t> keep;
  /// Those of `keep` that are kept only for a zero-padded convolution that reads a constant: it
  /// would see zeros at the border where a bias stays. One channel carries the constants of all
  /// others.
  std::vector<std::int64_t> carriers;

  bool keeps(std::int64_t channel) const { return std::ranges::binary_search(keep, channel); }
  /// Takes back a removed channel; whether it was one.
  bool take_back(std::int64_t channel);
};

/// The channels from 0 to width - 1 that are not among `keep`; both ascending.
std::vector<std::int64_t> channels_but(const std::vector<std::int64_t>& keep, std::int64_t width);

/// What is decided about all channels of a graph.
struct ChannelDecisions {
  Channels channels;
  std::vector<GroupDecision> groups;  ///< in the order of those of `channels`

  const ChannelGroup& group(std::size_t number) const { return channels->groups()[number]; }
  GroupDecision& decision(const ChannelId& id) {
    return groups[static_cast<std::size_t>(id.group)];
  }
  const GroupDecision& decision(const ChannelId& id) const {
    return groups[static_cast<std::size_t>(id.group)];
  }
  bool keeps(const ChannelId& id) const { return decision(id).keeps(id.channel); }
  /// The channel of the group that channel `channel` of the value is.
  const ChannelId& id(ValueId value, std::int64_t channel) const {
    return channels->of(value).ids[static_cast<std::size_t>(channel)];
  }
  bool keeps(ValueId value, std::int64_t channel) const { return keeps(id(value, channel)); }
  /// The kept channels of the value, ascending, and those that go.
  std::vector<std::int64_t> kept(ValueId value) const;
  std::vector<std::int64_t> removed(ValueId value) const;
};

}  // namespace ockham::converters
