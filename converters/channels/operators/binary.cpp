#include <algorithm>

#include "converters/channels/channel_rules.h"
#include "converters/channels/convolutions.h"
#include "runtime/reference/single_element.h"

namespace ockham::converters {
namespace {

/// What a constant of the graph is in each of its channels, where all elements of one are the same.
ChannelConstants constants_of(const std::vector<double>& elements, std::int64_t channels) {
  const std::size_t count = elements.size() / static_cast<std::size_t>(channels);
  ChannelConstants constants(static_cast<std::size_t>(channels));
  for (std::size_t c = 0; c < constants.size(); ++c) {
    const auto channel = std::span(elements).subspan(c * count, count);
    const bool is_one_number =
        std::ranges::all_of(channel, [&](double x) { return x == channel[0]; });
    if (is_one_number) constants[c] = channel[0];
  }
  return constants;
}

/// What is known of an input, for each channel of the output.
ChannelConstants known_input(const NodeView& view, std::size_t input) {
  const std::int64_t channels = channel_count(view.output_shape());
  ChannelConstants constants =
      view.is_constant(input) ? constants_of(view.exact_elements(input), view.input_shape(input)[0])
                              : view.input_constants(input);
  if (constants.size() == 1) constants.resize(static_cast<std::size_t>(channels), constants[0]);
  return constants;
}

bool is(const std::optional<double>& constant, double number) {
  return constant && *constant == number;
}

/// What the channel is whatever the input that varies may be.
std::optional<double> forced(BinaryKind kind, const std::optional<double>& left,
                             const std::optional<double>& right) {
  if (kind == BinaryKind::kMul && (is(left, 0.0) || is(right, 0.0))) return 0.0;
  if (kind == BinaryKind::kPow && is(right, 0.0)) return 1.0;
  return std::nullopt;
}

}  // namespace

ChannelConstants output_constants(const Binary& op, const NodeView& view) {
  const ChannelConstants left = known_input(view, 0), right = known_input(view, 1);
  ChannelConstants constants(left.size());
  for (std::size_t c = 0; c < constants.size(); ++c) {
    if (left[c] && right[c]) {
      constants[c] = known(reference::of_numbers(op, {*left[c], *right[c]}));
    } else {
      constants[c] = forced(op.kind, left[c], right[c]);
    }
  }
  return constants;
}

std::vector<bool> used_inputs(const Binary&, const NodeView& view, const std::vector<bool>& needed,
                              std::size_t input) {
  if (channel_count(view.input_shape(input)) == view.output_shape()[1]) return needed;
  return {std::ranges::find(needed, true) != needed.end()};  // one channel, repeated for all
}

// A constant has the channels on its first axis, behind the batch that it lacks.
void couple(const Binary&, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  const std::int64_t channels = graph.value(node.outputs[0]).shape[1];
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Value& input = graph.value(node.inputs[i]);
    if (input.is_constant) {
      if (input.shape[0] == channels) coupling.applies(id, i);
    } else if (input.shape[1] == channels) {
      coupling.couple(node.inputs[i], node.outputs[0]);
    }
  }
}

}  // namespace ockham::converters
