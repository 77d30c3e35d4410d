// Coupling: collects, node by node, which channels belong together, and makes groups of them.
#pragma once

#include <string>
#include <vector>

#include "converters/channels/channel_groups.h"

namespace ockham::converters {

/// A union-find over activations. Values of one group may have different numbers of channels (a
/// flatten makes H W of each): the group's width is their greatest common divisor, and each value
/// has a block of consecutive channels for each channel of the group.
class Coupling {
 public:
  explicit Coupling(const Graph& graph);

  /// Channels of both are kept or removed together.
  void join(ValueId a, ValueId b);
  /// Filters or neurons: axis 0 of input `input` of the node computes the channels of its output.
  void produces(NodeId node, std::size_t input);
  /// Axis 0 of input `input` of the node has an element for each channel of its output.
  void carries(NodeId node, std::size_t input);
  /// Axis 1 of input `input` of the node reads the channels of its activation input.
  void consumes(NodeId node, std::size_t input);
  /// A Gather: its output has channels of its own, picked from those of its input.
  void selects(NodeId node);
  /// No channel of the value may go. The first reason given for a group is the one it keeps.
  void fix(ValueId value, const std::string& why);

  std::vector<ChannelGroup> groups();

 private:
  enum class Role { kProducer, kCarrier, kConsumer };
  struct Axis {
    Role role;
    ValueId value;
    WeightAxis axis;
  };

  ValueId root(ValueId value);
  void add_axis(Role role, ValueId value, NodeId node, std::size_t input, int axis);
  void fix_shared_constants();
  void add_values(std::vector<ChannelGroup>& groups, std::vector<int>& group_of_root);
  void add_axes(std::vector<ChannelGroup>& groups, const std::vector<int>& group_of_root);
  void add_gathers(std::vector<ChannelGroup>& groups, const std::vector<int>& group_of_root);

  const Graph& graph_;
  std::vector<ValueId> parent_;       ///< index: ValueId
  std::vector<std::int64_t> width_;   ///< of roots
  std::vector<std::string> why_not_;  ///< of roots; empty: removable
  std::vector<Axis> axes_;
  std::vector<NodeId> gathers_;
};

}  // namespace ockham::converters
