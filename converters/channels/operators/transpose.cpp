#include <algorithm>

#include "converters/channels/channel_rules.h"
#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

bool keeps_channels(const Transpose& op) { return op.order[1] == 1; }

}  // namespace

ChannelConstants output_constants(const Transpose& op, const NodeView& view) {
  const ChannelConstants& inputs = view.input_constants();
  if (keeps_channels(op)) return inputs;
  const bool same = std::ranges::all_of(inputs, [&](const auto& c) { return c == inputs[0]; });
  return ChannelConstants(static_cast<std::size_t>(channel_count(view.output_shape())),
                          same ? inputs[0] : std::nullopt);
}

std::vector<bool> used_inputs(const Transpose& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t) {
  if (keeps_channels(op)) return needed;
  return std::vector<bool>(view.input_constants().size(),
                           std::ranges::find(needed, true) != needed.end());
}

// What moves the channels to another axis has them all in each channel of its output.
void couple(const Transpose& op, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  if (keeps_channels(op)) return coupling.couple(node.inputs[0], node.outputs[0]);
  for (const ValueId value : {node.inputs[0], node.outputs[0]}) {
    coupling.fix(value, "moved to another axis by transpose " + node.name);
  }
}

}  // namespace ockham::converters
