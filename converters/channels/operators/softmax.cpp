#include <cmath>

#include "converters/channels/operators/along_axis.h"

namespace ockham::converters {

// Along the channels, only equal inputs are sure to give one number, which is not worth a rule.
ChannelConstants output_constants(const Softmax& op, const NodeView& view) {
  ChannelConstants constants(view.input_constants().size());
  const auto count = static_cast<double>(view.output_shape()[static_cast<int>(op.axis)]);
  if (op.axis == 1 || (op.kind == SoftmaxKind::kHardmax && count > 1)) return constants;
  const double share = op.kind == SoftmaxKind::kLogSoftmax ? -std::log(count) : 1.0 / count;
  for (std::size_t c = 0; c < constants.size(); ++c) {
    if (view.input_constants()[c]) constants[c] = share;
  }
  return constants;
}

std::vector<bool> used_inputs(const Softmax& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t) {
  return uses_along(op.axis, view, needed);
}

// A channel that goes would be missing in the sum, even a channel of zeros.
void couple(const Softmax& op, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  coupling.couple(node.inputs[0], node.outputs[0]);
  if (op.axis == 1) coupling.fix(node.outputs[0], "summed over by softmax " + node.name);
}

}  // namespace ockham::converters
