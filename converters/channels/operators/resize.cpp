#include "converters/channels/channel_rules.h"

namespace ockham::converters {

// Every pixel is a mean of pixels with weights that add up to 1.
ChannelConstants output_constants(const Resize&, const NodeView& view) {
  return view.input_constants();
}

std::vector<bool> used_inputs(const Resize&, const NodeView&, const std::vector<bool>& needed,
                              std::size_t) {
  return needed;
}

void couple(const Resize&, const Graph& graph, NodeId id, Coupling& coupling) {
  coupling.join(graph.node(id).inputs[0], graph.node(id).outputs[0]);
}

}  // namespace ockham::converters
