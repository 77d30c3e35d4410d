#include <algorithm>
#include <cmath>

#include "converters/channels/channel_rules.h"
#include "runtime/reference/reference.h"

namespace ockham::converters {
namespace {

/// Whether each channel has a scale of its own.
bool is_per_channel(const FakeQuantize& op, const Shape& scale) {
  return op.axis == 1 && scale[0] > 1;
}

/// What a channel that is one number becomes.
double rounded(const FakeQuantize& op, double number, double scale, double zero_point) {
  const std::vector<Shape> shapes = {{1, 1}, {1}, {1}};
  const std::vector<const double*> inputs = {&number, &scale, &zero_point};
  double result = 0.0;
  reference::run_operator<double>(FakeQuantize{op.type, 1}, shapes, inputs, {1, 1}, &result);
  return result;
}

}  // namespace

// Where positions of a channel have scales of their own, only zero stays one number.
ChannelConstants output_constants(const FakeQuantize& op, const NodeView& view) {
  const auto scales = view.elements(1), zero_points = view.elements(2);
  const bool per_channel = is_per_channel(op, view.input_shape(1));
  ChannelConstants constants = view.input_constants();
  for (std::size_t c = 0; c < constants.size(); ++c) {
    if (!constants[c] || *constants[c] == 0.0) continue;
    if (scales.size() > 1 && !per_channel) {
      constants[c].reset();
      continue;
    }
    const std::size_t at = per_channel ? c : 0;
    constants[c] = known(rounded(op, *constants[c], double{scales[at]}, double{zero_points[at]}));
  }
  return constants;
}

std::vector<bool> used_inputs(const FakeQuantize&, const NodeView&, const std::vector<bool>& needed,
                              std::size_t) {
  return needed;
}

void couple(const FakeQuantize& op, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  coupling.couple(node.inputs[0], node.outputs[0]);
  if (!is_per_channel(op, graph.value(node.inputs[1]).shape)) return;
  for (std::size_t input = 1; input < 3; ++input) coupling.applies(id, input);
}

}  // namespace ockham::converters
