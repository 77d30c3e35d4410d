// Which channels of a concat's output are those of which group.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/channels/channel_groups.h"

namespace ockham::converters {

/// Consecutive channels of a joined group: all of another group's, `block` for each.
struct JoinedPart {
  std::string group;
  std::int64_t width = 0;  ///< of that group
  std::int64_t block = 1;
};

/// A group whose channels are those of others, one behind the other: what one concat along the
/// channels makes, and nothing adds to.
struct JoinedGroup {
  ChannelGroup group;
  /// In order. What is joined of joined channels is named as its parts.
  std::vector<JoinedPart> parts;

  /// Whether channels of the group named are among them.
  bool has_part(const std::string& name) const;
};

/// The groups that one concat makes, in the order of the concats.
std::vector<JoinedGroup> joined_groups(const Graph& graph);

}  // namespace ockham::converters
