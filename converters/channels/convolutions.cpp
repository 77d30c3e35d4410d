#include "converters/channels/convolutions.h"

namespace ockham::converters {

std::int64_t channel_count(const Shape& activation) {
  return activation.rank() > 1 ? activation[1] : 1;
}

bool is_depthwise(const Conv2d& op, std::int64_t input_channels) {
  return op.groups > 1 && op.groups == input_channels;
}

bool is_grouped(const Conv2d& op, std::int64_t input_channels) {
  return op.groups > 1 && op.groups != input_channels;
}

InputSlices input_slices(const Graph& graph, const Node& layer) {
  const auto* conv = std::get_if<Conv2d>(&layer.op);
  const Shape& weight = graph.value(layer.inputs[1]).shape;
  const std::int64_t count = conv == nullptr ? 1 : conv->groups;
  return {.count = count, .filters = weight[0] / count, .depth = weight[1]};
}

bool reaches_padding(const Window2d& window, const Shape& input, const Shape& output) {
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
    const std::int64_t last_start =
        (output[axis + 2] - 1) * window.stride[axis] - window.pad_begin[axis];
    if (window.pad_begin[axis] > 0 || last_start + reach > input[axis + 2]) return true;
  }
  return false;
}

}  // namespace ockham::converters
