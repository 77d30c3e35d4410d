// Coupling: collects, node by node, which channels belong together, and makes groups of them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "converters/channels/channel_structure.h"

namespace ockham::converters {

/// A union-find over the channels of all activations. What it unites is one channel of the network,
/// be it several of an activation (a flatten makes H W of each).
class Coupling {
 public:
  explicit Coupling(const Graph& graph);

  /// Channels of both are kept or removed together, one by one. Where one has more channels, a
  /// multiple, so many consecutive ones of it belong to one of the other.
  void couple(ValueId a, ValueId b);
  /// The channels of `part` are those of `whole` from `first` on.
  void couple_part(ValueId whole, std::int64_t first, ValueId part);
  /// Filters or neurons: axis 0 of input `input` of the node computes the channels of its output.
  void produces(NodeId node, std::size_t input);
  /// Axis 0 of input `input` of the node has an element for each channel of its output.
  void applies(NodeId node, std::size_t input);
  /// Axis 1 of input `input` of the node reads the channels of its activation input.
  void consumes(NodeId node, std::size_t input);
  /// A Gather: its output has channels of its own, picked from those of its input.
  void selects(NodeId node);
  /// No channel of the value may go. The first reason given for a channel is the one it keeps.
  void fix(ValueId value, std::string why);

  ChannelStructure structure();

 private:
  using Role = std::vector<WeightAxis> ChannelGroup::*;
  struct Axis {
    Role role;
    WeightAxis axis;
  };

  std::int64_t width(ValueId value) const;
  std::int64_t root(std::int64_t element);
  void unite(std::int64_t a, std::int64_t b);
  void add_axis(Role role, ValueId value, NodeId node, std::size_t input, int axis);
  void fix_shared_constants();
  std::vector<std::vector<std::int64_t>> united_channels();

  const Graph& graph_;
  std::vector<std::int64_t> first_;  ///< element of each value's channel 0; index: ValueId, and end
  std::vector<std::int64_t> parent_;  ///< of each element
  std::vector<std::pair<ValueId, std::string>> fixed_;
  std::vector<Axis> axes_;
  std::vector<NodeId> gathers_;
};

}  // namespace ockham::converters
