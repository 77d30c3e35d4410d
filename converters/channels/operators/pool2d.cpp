#include "converters/channels/channel_rules.h"
#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

/// Whether padded zeros enter the result: only an average can count them.
bool counts_padding(const Pool2d& op, const NodeView& view) {
  return op.kind == PoolKind::kAverage && op.count_include_pad &&
         reaches_padding(op.window, view.input_shape(), view.output_shape());
}

}  // namespace

ChannelConstants output_constants(const Pool2d& op, const NodeView& view) {
  ChannelConstants constants = view.input_constants();
  if (!counts_padding(op, view)) return constants;
  for (std::optional<double>& constant : constants) {
    if (constant && *constant != 0.0) constant.reset();
  }
  return constants;
}

std::vector<bool> used_inputs(const Pool2d&, const NodeView&, const std::vector<bool>& needed,
                              std::size_t) {
  return needed;
}

void couple(const Pool2d&, const Graph& graph, NodeId id, Coupling& coupling) {
  coupling.couple(graph.node(id).inputs[0], graph.node(id).outputs[0]);
}

}  // namespace ockham::converters
