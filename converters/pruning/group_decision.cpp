#include "converters/pruning/group_decision.h"

namespace ockham::converters {
namespace {

std::vector<std::int64_t> channels_of(const ChannelDecisions& decisions, ValueId value,
                                      bool that_stay) {
  const std::vector<ChannelId>& ids = decisions.channels->of(value).ids;
  std::vector<std::int64_t> channels;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (decisions.keeps(ids[i]) == that_stay) channels.push_back(static_cast<std::int64_t>(i));
  }
  return channels;
}

}  // namespace

bool GroupDecision::take_back(std::int64_t channel) {
  const auto at = std::ranges::lower_bound(keep, channel);
  if (at != keep.end() && *at == channel) return false;
  keep.insert(at, channel);
  return true;
}

std::vector<std::int64_t> channels_but(const std::vector<std::int64_t>& keep, std::int64_t width) {
  std::vector<std::int64_t> others;
  for (std::int64_t c = 0; c < width; ++c) {
    if (!std::ranges::binary_search(keep, c)) others.push_back(c);
  }
  return others;
}

std::vector<std::int64_t> ChannelDecisions::kept(ValueId value) const {
  return channels_of(*this, value, true);
}

std::vector<std::int64_t> ChannelDecisions::removed(ValueId value) const {
  return channels_of(*this, value, false);
}

}  // namespace ockham::converters
