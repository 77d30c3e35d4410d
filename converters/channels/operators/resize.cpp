#include "converters/channels/channel_rules.h"
#include "runtime/graph/operators/resize_taps.h"

namespace ockham::converters {

namespace {

/// Whether some pixel of the output lies beyond the image.
bool leaves_image(const Resize& op, const Shape& image) {
  for (int axis = 0; axis < 2; ++axis) {
    for (const std::int64_t o : {std::int64_t{0}, op.size[axis] - 1}) {
      if (is_outside(op, axis, image[axis + 2], o)) return true;
    }
  }
  return false;
}

}  // namespace

// Every pixel is a mean of pixels with weights that add up to 1, or lies beyond the image, where
// there is another number.
ChannelConstants output_constants(const Resize& op, const NodeView& view) {
  ChannelConstants constants = view.input_constants();
  if (!leaves_image(op, view.input_shape(0))) return constants;
  for (std::optional<double>& constant : constants) {
    if (constant && *constant != static_cast<double>(op.outside)) constant.reset();
  }
  return constants;
}

std::vector<bool> used_inputs(const Resize&, const NodeView&, const std::vector<bool>& needed,
                              std::size_t) {
  return needed;
}

void couple(const Resize&, const Graph& graph, NodeId id, Coupling& coupling) {
  coupling.couple(graph.node(id).inputs[0], graph.node(id).outputs[0]);
}

}  // namespace ockham::converters
