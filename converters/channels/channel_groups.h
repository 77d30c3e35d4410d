// Which channels belong together: coupled through adds, batch norms, poolings and flattening, they
// are kept or removed as one. Training puts one relevance on each, pruning one decision.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// The axis of a constant that runs over a group's channels. `block` consecutive indices belong to
/// one channel: H W for the columns of a linear layer behind a flatten, else 1.
struct WeightAxis {
  NodeId node = -1;  ///< the node that reads the constant
  ValueId constant = -1;
  int axis = 0;
  std::int64_t block = 1;
  /// More than one where a grouped convolution reads the channels: `slices` times as many as the
  /// axis is long, of which its filters see a slice each.
  std::int64_t slices = 1;
};

/// An activation that carries a group's channels on axis 1.
struct CarriedValue {
  ValueId value = -1;
  std::int64_t block = 1;
};

/// A Gather that selects among a group's channels, and how many consecutive channels of its input
/// belong to one of the group.
struct GatherAxis {
  NodeId node = -1;
  std::int64_t block = 1;
};

/// `width` channels, each kept or removed in all members at once.
struct ChannelGroup {
  std::string name;  ///< of the first producing node: a layer, else a Gather; else of a value
  std::int64_t width = 0;
  std::vector<WeightAxis>
      producers;  ///< filters or neurons: weight axis 0 and biases of conv and linear
  std::vector<NodeId> selectors;     ///< the Gathers whose outputs are channels of the group
  std::vector<WeightAxis> carriers;  ///< batch norm's scale, shift, mean, variance
  std::vector<WeightAxis>
      consumers;  ///< weight axis 1 of the convs (grouped too) and linears that mix the channels
  std::vector<GatherAxis> gathers;   ///< the Gathers that select among the channels
  std::vector<CarriedValue> values;  ///< all activations of the group
  bool removable = false;
  std::string why_not;  ///< when not removable: "input of the network", "output ..."
};

/// Every group of a validated graph, in the order of their first value. Each channel axis of each
/// activation belongs to exactly one group.
std::vector<ChannelGroup> channel_groups(const Graph& graph);

}  // namespace ockham::converters
