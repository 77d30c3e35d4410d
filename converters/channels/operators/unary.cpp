#include "converters/channels/channel_rules.h"
#include "runtime/reference/single_element.h"

namespace ockham::converters {

ChannelConstants output_constants(const Unary& op, const NodeView& view) {
  ChannelConstants constants = view.input_constants();
  for (std::optional<double>& constant : constants) {
    if (constant) constant = known(reference::of_numbers(op, {*constant}));
  }
  return constants;
}

std::vector<bool> used_inputs(const Unary&, const NodeView&, const std::vector<bool>& needed,
                              std::size_t) {
  return needed;
}

void couple(const Unary&, const Graph& graph, NodeId id, Coupling& coupling) {
  coupling.couple(graph.node(id).inputs[0], graph.node(id).outputs[0]);
}

}  // namespace ockham::converters
