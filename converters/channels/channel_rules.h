// The rules of the channel analysis, one set per operator, each operator in its own file under
// operators/: which constants it carries on, which inputs it uses, which channels it couples.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "converters/channels/channel_facts.h"
#include "converters/channels/coupling.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// For each channel, the one number it always is, if it is.
using ChannelConstants = std::vector<std::optional<double>>;

/// A node with what is known of its inputs.
class NodeView {
 public:
  NodeView(const Graph& graph, const Node& node, const Analysis& analysis,
           const ExactConstants& exact)
      : graph_(graph), node_(node), analysis_(analysis), exact_(exact) {}

  std::size_t input_count() const { return node_.inputs.size(); }
  bool is_constant(std::size_t i) const { return graph_.value(node_.inputs[i]).is_constant; }
  const Shape& input_shape(std::size_t i = 0) const { return graph_.value(node_.inputs[i]).shape; }
  const Shape& output_shape() const { return graph_.value(node_.outputs[0]).shape; }
  /// Elements of the constant input `i`; empty when it is left off.
  std::span<const float> elements(std::size_t i) const {
    if (i >= node_.inputs.size()) return {};
    return graph_.value(node_.inputs[i]).constant.floats;
  }
  /// The same in double, as they were computed.
  std::vector<double> exact_elements(std::size_t i) const {
    const auto computed = exact_.find(graph_.value(node_.inputs[i]).name);
    if (computed != exact_.end()) return computed->second;
    const std::span<const float> floats = elements(i);
    return {floats.begin(), floats.end()};
  }
  const ChannelConstants& input_constants(std::size_t i = 0) const {
    return analysis_.values[static_cast<std::size_t>(node_.inputs[i])].constant;
  }

 private:
  const Graph& graph_;
  const Node& node_;
  const Analysis& analysis_;
  const ExactConstants& exact_;
};

/// The number as a channel's constant; nothing when it is not finite.
std::optional<double> known(double number);

/// Forward: the constants among the output's channels.
ChannelConstants output_constants(const Conv2d& op, const NodeView& view);
ChannelConstants output_constants(const Linear& op, const NodeView& view);
ChannelConstants output_constants(const BatchNorm& op, const NodeView& view);
ChannelConstants output_constants(const Unary& op, const NodeView& view);
ChannelConstants output_constants(const Binary& op, const NodeView& view);
ChannelConstants output_constants(const Pool2d& op, const NodeView& view);
ChannelConstants output_constants(const Flatten& op, const NodeView& view);
ChannelConstants output_constants(const Gather& op, const NodeView& view);
ChannelConstants output_constants(const Concat& op, const NodeView& view);
ChannelConstants output_constants(const Reshape& op, const NodeView& view);
ChannelConstants output_constants(const Softmax& op, const NodeView& view);
ChannelConstants output_constants(const SpatialGather& op, const NodeView& view);
ChannelConstants output_constants(const Pad& op, const NodeView& view);
ChannelConstants output_constants(const Transpose& op, const NodeView& view);
ChannelConstants output_constants(const DepthToSpace& op, const NodeView& view);
ChannelConstants output_constants(const Resize& op, const NodeView& view);
ChannelConstants output_constants(const Lrn& op, const NodeView& view);
ChannelConstants output_constants(const Reduce& op, const NodeView& view);
ChannelConstants output_constants(const ArgExtreme& op, const NodeView& view);
ChannelConstants output_constants(const TopK& op, const NodeView& view);
ChannelConstants output_constants(const FakeQuantize& op, const NodeView& view);

/// Backward: which channels of its activation `input` the node uses, when the channels `needed` of
/// its output matter and vary.
std::vector<bool> used_inputs(const Conv2d& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Linear& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const BatchNorm& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Unary& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Binary& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Pool2d& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Flatten& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Gather& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Concat& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Reshape& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Softmax& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const SpatialGather& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Pad& op, const NodeView& view, const std::vector<bool>& needed,
                              std::size_t input);
std::vector<bool> used_inputs(const Transpose& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const DepthToSpace& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Resize& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const Lrn& op, const NodeView& view, const std::vector<bool>& needed,
                              std::size_t input);
std::vector<bool> used_inputs(const Reduce& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const ArgExtreme& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);
std::vector<bool> used_inputs(const TopK& op, const NodeView& view, const std::vector<bool>& needed,
                              std::size_t input);
std::vector<bool> used_inputs(const FakeQuantize& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input);

/// Which channels the node couples, and which axes of its constants run over them.
void couple(const Conv2d& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Linear& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const BatchNorm& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Unary& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Binary& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Pool2d& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Flatten& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Gather& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Concat& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Reshape& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Softmax& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const SpatialGather& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Pad& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Transpose& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const DepthToSpace& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Resize& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Lrn& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const Reduce& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const FakeQuantize& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const TopK& op, const Graph& graph, NodeId id, Coupling& coupling);
void couple(const ArgExtreme& op, const Graph& graph, NodeId id, Coupling& coupling);

}  // namespace ockham::converters
