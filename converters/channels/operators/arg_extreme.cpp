#include "converters/channels/operators/along_axis.h"

namespace ockham::converters {

ChannelConstants output_constants(const ArgExtreme&, const NodeView& view) {
  return ChannelConstants(
      static_cast<std::size_t>(view.output_shape().rank() > 1 ? view.output_shape()[1] : 1));
}

std::vector<bool> used_inputs(const ArgExtreme& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t) {
  return uses_along(op.axis, view, needed);
}

void couple(const ArgExtreme& op, const Graph& graph, NodeId id, Coupling& coupling) {
  couple_along(op.axis, graph, id, coupling);
}

}  // namespace ockham::converters
