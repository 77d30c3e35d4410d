// Grouped convolutions of which so little is left that an ordinary one costs less.
#pragma once

#include <string>
#include <vector>

#include "converters/channels/channel_facts.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// A grouped convolution that becomes one without groups, and why.
struct UngroupedLayer {
  std::string name;
  std::string reason;
};

struct Ungrouped {
  Graph graph;
  std::vector<UngroupedLayer> layers;
};

/// The network in which the filters of such convolutions read all channels, those of other groups
/// with zeros. Groups stay of one size, so that all are as large as the one of which most is left;
/// without groups only what is left of each counts. With one group left the result is an ordinary
/// convolution anyway.
Ungrouped ungroup_where_cheaper(Graph graph, const Analysis& analysis);

}  // namespace ockham::converters
