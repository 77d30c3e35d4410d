#include "converters/channels/channel_rules.h"

namespace ockham::converters {
namespace {

double apply(BinaryKind kind, double left, double right) {
  switch (kind) {
    case BinaryKind::kAdd:
      return left + right;
  }
  return left;
}

}  // namespace

ChannelConstants output_constants(const Binary& op, const NodeView& view) {
  const ChannelConstants& left = view.input_constants(0);
  const ChannelConstants& right = view.input_constants(1);
  ChannelConstants constants(left.size());
  for (std::size_t c = 0; c < constants.size(); ++c) {
    if (left[c] && right[c]) constants[c] = known(apply(op.kind, *left[c], *right[c]));
  }
  return constants;
}

std::vector<bool> used_inputs(const Binary&, const NodeView&, const std::vector<bool>& needed) {
  return needed;
}

void couple(const Binary&, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  coupling.join(node.inputs[0], node.outputs[0]);
  coupling.join(node.inputs[1], node.outputs[0]);
}

}  // namespace ockham::converters
