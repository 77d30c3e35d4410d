// Which channels belong together: coupled through adds, batch norms, poolings, flattening and
// concats, they are kept or removed as one. Training puts one relevance on each, pruning one
// decision.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// One channel of a network: number `channel` of a group.
struct ChannelId {
  int group = -1;  ///< index in ChannelStructure::groups
  std::int64_t channel = 0;

  bool operator==(const ChannelId&) const = default;
};

/// An axis of a constant that runs over the channels of an activation: index i is channel i.
struct WeightAxis {
  NodeId node = -1;  ///< the node that reads the constant
  ValueId constant = -1;
  int axis = 0;
  ValueId value = -1;  ///< the activation
  /// More than one where a grouped convolution reads the channels: `slices` times as many as the
  /// axis is long, of which its filters see a slice each. Channel c is index c % extent, for the
  /// filters of slice c / extent.
  std::int64_t slices = 1;
};

/// Where the channels of a group are among those of an activation (axis 1).
struct CarriedValue {
  ValueId value = -1;
  std::int64_t block = 1;  ///< channels of the value for each of the group
  /// [width * block]: those of channel c of the group from c * block on, ascending. Behind a
  /// flatten of H W pixels they are c H W to (c + 1) H W - 1; behind a concat they begin where the
  /// part does.
  std::vector<std::int64_t> indices;
};

/// `width` channels side by side, which run through the same activations: each of them, whatever
/// becomes of the others, is kept or removed in all of these at once. Where a concat puts channels
/// of several groups into one activation, the constants of nodes behind it are listed in each.
struct ChannelGroup {
  int number = -1;   ///< index in ChannelStructure::groups
  std::string name;  ///< of the first node that makes its channels (a layer, else a Gather), and no
                     ///< others if there is one; else of a value
  std::int64_t width = 0;
  std::vector<WeightAxis>
      producers;  ///< filters or neurons: weight axis 0 and biases of conv and linear
  std::vector<NodeId> selectors;  ///< the Gathers whose outputs are channels of the group
  std::vector<WeightAxis>
      channelwise;  ///< constants with an element for each channel: batch norm's
                    ///< scale, shift, mean and variance, depthwise filters
  std::vector<WeightAxis>
      consumers;  ///< weight axis 1 of the convs (grouped too) and linears that mix the channels
  std::vector<NodeId> gathers;       ///< the Gathers that select among the channels
  std::vector<CarriedValue> values;  ///< all activations with channels of the group, by id
  bool removable = false;
  std::string why_not;  ///< when not removable: "input of the network", "output ..."

  /// Where the channels are in the value; null when it has none of them.
  const CarriedValue* find(ValueId value) const;
  /// The same for a value that has some.
  const CarriedValue& in(ValueId value) const;
};

/// Consecutive channels of an activation: `count` channels of a group from `first` on, `block` for
/// each.
struct ChannelRun {
  int group = -1;
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t block = 1;

  std::int64_t length() const { return count * block; }
  bool operator==(const ChannelRun&) const = default;
};

/// What the channels of one activation are. Empty for constants.
struct ChannelsOfValue {
  std::vector<ChannelId> ids;  ///< of each (index: axis 1)
  std::vector<int> groups;     ///< that have channels in it, in their order there
};

/// All channels of a graph, and where they are. Fixed once it is made (`channel_structure`).
class ChannelStructure {
 public:
  ChannelStructure(std::vector<ChannelGroup> groups, std::vector<WeightAxis> axes,
                   std::vector<ChannelsOfValue> of_value);

  /// In the order of their first value.
  const std::vector<ChannelGroup>& groups() const { return groups_; }
  /// Null for an unknown name.
  const ChannelGroup* find(const std::string& name) const;
  /// Every axis of a constant that runs over channels, in the order of the nodes.
  const std::vector<WeightAxis>& axes() const { return axes_; }
  const ChannelsOfValue& of(ValueId value) const {
    return of_value_[static_cast<std::size_t>(value)];
  }
  /// The channels of the value in as few runs as possible.
  std::vector<ChannelRun> runs_of(ValueId value) const;

 private:
  std::vector<ChannelGroup> groups_;
  std::vector<WeightAxis> axes_;
  std::vector<ChannelsOfValue> of_value_;  ///< index: ValueId
};

/// What the steps of a conversion or a training run share about one graph.
using Channels = std::shared_ptr<const ChannelStructure>;

/// Of a validated graph. Each channel of each activation is one channel of one group.
Channels channel_structure(const Graph& graph);

}  // namespace ockham::converters
