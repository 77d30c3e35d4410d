#include "converters/channels/channel_rules.h"

namespace ockham::converters {

ChannelConstants output_constants(const SpatialGather&, const NodeView& view) {
  return view.input_constants();
}

std::vector<bool> used_inputs(const SpatialGather&, const NodeView&,
                              const std::vector<bool>& needed, std::size_t) {
  return needed;
}

void couple(const SpatialGather&, const Graph& graph, NodeId id, Coupling& coupling) {
  coupling.couple(graph.node(id).inputs[0], graph.node(id).outputs[0]);
}

}  // namespace ockham::converters
