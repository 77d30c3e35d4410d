#include <cmath>

#include "converters/channels/channel_rules.h"

namespace ockham::converters {

ChannelConstants output_constants(const BatchNorm& op, const NodeView& view) {
  const auto scale = view.elements(1), shift = view.elements(2);
  const auto mean = view.elements(3), variance = view.elements(4);
  ChannelConstants constants(scale.size());
  for (std::size_t c = 0; c < constants.size(); ++c) {
    const std::optional<double>& input = view.input_constants()[c];
    if (!input && scale[c] != 0.0f) continue;
    const double factor = scale[c] / std::sqrt(double{variance[c]} + double{op.epsilon});
    constants[c] = known((input.value_or(mean[c]) - mean[c]) * factor + shift[c]);
  }
  return constants;
}

std::vector<bool> used_inputs(const BatchNorm&, const NodeView&, const std::vector<bool>& needed,
                              std::size_t) {
  return needed;  // a scale of zero makes the output constant, and that is not needed
}

void couple(const BatchNorm&, const Graph& graph, NodeId id, Coupling& coupling) {
  coupling.couple(graph.node(id).inputs[0], graph.node(id).outputs[0]);
  for (std::size_t input = 1; input < 5; ++input) coupling.applies(id, input);
}

}  // namespace ockham::converters
