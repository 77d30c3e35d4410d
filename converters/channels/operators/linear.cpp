#include "converters/channels/channel_rules.h"

namespace ockham::converters {
namespace {

std::span<const float> row(const NodeView& view, std::size_t neuron) {
  const auto inputs = static_cast<std::size_t>(view.input_shape(1)[1]);
  return view.elements(1).subspan(neuron * inputs, inputs);
}

std::optional<double> constant_output(std::span<const float> weights,
                                      const ChannelConstants& inputs, double bias) {
  double sum = bias;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0.0f) continue;
    if (!inputs[i]) return std::nullopt;
    sum += weights[i] * *inputs[i];
  }
  return known(sum);
}

}  // namespace

ChannelConstants output_constants(const Linear&, const NodeView& view) {
  const std::span<const float> bias = view.elements(2);
  ChannelConstants constants(static_cast<std::size_t>(view.output_shape()[1]));
  for (std::size_t o = 0; o < constants.size(); ++o) {
    constants[o] =
        constant_output(row(view, o), view.input_constants(), bias.empty() ? 0.0 : bias[o]);
  }
  return constants;
}

std::vector<bool> used_inputs(const Linear&, const NodeView& view, const std::vector<bool>& needed,
                              std::size_t) {
  std::vector<bool> used(static_cast<std::size_t>(view.input_shape()[1]), false);
  for (std::size_t o = 0; o < needed.size(); ++o) {
    if (!needed[o]) continue;
    const std::span<const float> weights = row(view, o);
    for (std::size_t i = 0; i < used.size(); ++i) used[i] = used[i] || weights[i] != 0.0f;
  }
  return used;
}

void couple(const Linear&, const Graph&, NodeId id, Coupling& coupling) {
  coupling.produces(id, 1);
  coupling.produces(id, 2);
  coupling.consumes(id, 1);
}

}  // namespace ockham::converters
