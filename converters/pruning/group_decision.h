// What is decided about groups of channels, and what it means for the values that carry them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "converters/channels/channel_groups.h"

namespace ockham::converters {

/// The decision for one group of channels.
struct GroupDecision {
  ChannelGroup group;
  std::vector<std::int64_t> keep;  ///< kept channels, ascending; never empty
  /// Those of `keep` that are kept only for a zero-padded convolution that reads a constant: it
  /// would see zeros at the border where a bias stays. One channel carries the constants of all
  /// others.
  std::vector<std::int64_t> carriers;
};

/// Indices on an axis with `block` consecutive ones per channel.
inline std::vector<std::int64_t> expand(const std::vector<std::int64_t>& channels,
                                        std::int64_t block) {
  std::vector<std::int64_t> indices;
  indices.reserve(channels.size() * static_cast<std::size_t>(block));
  for (const std::int64_t channel : channels) {
    for (std::int64_t i = 0; i < block; ++i) indices.push_back(channel * block + i);
  }
  return indices;
}

/// The channels from 0 to width - 1 that are not among `keep`; both ascending.
inline std::vector<std::int64_t> channels_but(const std::vector<std::int64_t>& keep,
                                              std::int64_t width) {
  std::vector<std::int64_t> others;
  for (std::int64_t c = 0; c < width; ++c) {
    if (!std::ranges::binary_search(keep, c)) others.push_back(c);
  }
  return others;
}

/// The channels of a group that go, ascending.
inline std::vector<std::int64_t> removed_channels(const GroupDecision& decision) {
  return channels_but(decision.keep, decision.group.width);
}

/// The decision for the group that a value belongs to, and its block there.
struct Membership {
  const GroupDecision* decision = nullptr;
  std::int64_t block = 1;

  bool keeps(std::int64_t channel) const {
    return std::ranges::binary_search(decision->keep, channel / block);
  }
  /// The kept channels of the value, ascending.
  std::vector<std::int64_t> kept() const { return expand(decision->keep, block); }
  /// The channels of the value that go, ascending.
  std::vector<std::int64_t> removed() const { return expand(removed_channels(*decision), block); }
};

inline Membership membership(const std::vector<GroupDecision>& decisions, ValueId value) {
  for (const GroupDecision& decision : decisions) {
    const auto& values = decision.group.values;
    const auto found = std::ranges::find(values, value, &CarriedValue::value);
    if (found != values.end()) return {&decision, found->block};
  }
  return {};
}

}  // namespace ockham::converters
