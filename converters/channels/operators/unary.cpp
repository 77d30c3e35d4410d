#include <algorithm>

#include "converters/channels/channel_rules.h"

namespace ockham::converters {
namespace {

double apply(UnaryKind kind, double x) {
  switch (kind) {
    case UnaryKind::kRelu:
      return std::max(x, 0.0);
  }
  return x;
}

}  // namespace

ChannelConstants output_constants(const Unary& op, const NodeView& view) {
  ChannelConstants constants = view.input_constants();
  for (std::optional<double>& constant : constants) {
    if (constant) constant = known(apply(op.kind, *constant));
  }
  return constants;
}

std::vector<bool> used_inputs(const Unary&, const NodeView&, const std::vector<bool>& needed) {
  return needed;
}

void couple(const Unary&, const Graph& graph, NodeId id, Coupling& coupling) {
  coupling.join(graph.node(id).inputs[0], graph.node(id).outputs[0]);
}

}  // namespace ockham::converters
