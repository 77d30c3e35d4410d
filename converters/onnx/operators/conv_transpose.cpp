// ConvTranspose: a convolution that computes, for each pixel of its input, the block of pixels that
// a stride spans in the output, and DepthToSpace, which puts the blocks together. Where kernel and
// stride do not divide, some taps of that convolution are zeros. Source: Shi et al. 2016, "Is the
// deconvolution layer the same as a convolutional layer?"
#include <algorithm>
#include <numeric>
#include <string>

#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/window.h"

namespace ockham::converters::onnx_io {
namespace {

/// One axis of a transposed convolution: output pixel i * stride + k * dilation - pad receives
/// input pixel i through tap k.
struct Axis {
  std::int64_t in, out, kernel, stride, dilation, pad;

  std::int64_t reach() const { return (kernel - 1) * dilation + 1; }
  /// Input pixel, counted from that of its block, from which the nearest tap reaches place `place`
  /// of the block.
  std::int64_t nearest(std::int64_t place) const { return (place + pad) / stride; }
  /// The tap that brings the input pixel `offset` away from the block's to that place, or -1.
  std::int64_t tap(std::int64_t place, std::int64_t offset) const {
    const std::int64_t steps = nearest(place) - offset;
    const std::int64_t at = steps * stride + (place + pad) % stride;
    return steps >= 0 && at < reach() && at % dilation == 0 ? at / dilation : -1;
  }
};

/// The same axis of the convolution: taps from `first` on read input pixels that far from the
/// block's own.
struct BlockAxis {
  std::int64_t first, taps, pad_begin, pad_end;
};

BlockAxis block_axis(const Axis& axis) {
  const std::int64_t furthest = axis.nearest(0) - (axis.reach() - 1) / axis.stride - 1;
  BlockAxis block{};
  block.first = std::min<std::int64_t>(furthest, 0);
  const std::int64_t last = std::max<std::int64_t>(axis.nearest(axis.stride - 1), 0);
  const auto is_idle = [&](std::int64_t offset) {
    for (std::int64_t place = 0; place < axis.stride; ++place) {
      if (axis.tap(place, offset) >= 0) return false;
    }
    return true;
  };
  while (block.first < 0 && is_idle(block.first)) ++block.first;
  const std::int64_t blocks = (axis.out + axis.stride - 1) / axis.stride;
  block.taps = last - block.first + 1;
  block.pad_begin = -block.first;
  block.pad_end = std::max<std::int64_t>(blocks + last - axis.in, 0);
  return block;
}

struct Attributes2d {
  Axis axes[2];  ///< height, width
  std::int64_t groups;
};

/// Padding at the beginning of an axis and the output's extent, from what the node says of them.
void place_output(NodeImport& node, Axis& axis, std::int64_t pad_end, std::int64_t output_padding,
                  std::int64_t stated, const std::string& auto_pad) {
  const std::int64_t whole =
      saturating_add(saturating_multiply(axis.stride, axis.in - 1), output_padding + axis.reach());
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  if (stated == 0 && !same) {
    axis.out = whole - axis.pad - pad_end;
  } else {
    axis.out = stated != 0 ? stated : saturating_multiply(axis.in, axis.stride);
    const std::int64_t total = std::max<std::int64_t>(whole - axis.out, 0);
    axis.pad = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
  }
  if (axis.out < 1 || axis.out > kMaxElements) {
    node.invalid("the output would have an extent of " + std::to_string(axis.out));
  }
}

/// Attribute 'output_shape' as [height, width], zeros where it is missing; some files have the
/// batch and the channels in it too.
std::vector<std::int64_t> stated_shape(NodeImport& node, int spatial_axes) {
  std::vector<std::int64_t> stated = node.attributes().integers("output_shape", {});
  if (stated.empty()) return {0, 0};
  if (std::ssize(stated) == spatial_axes + 2) stated.erase(stated.begin(), stated.begin() + 2);
  if (std::ssize(stated) != spatial_axes || std::ranges::min(stated) < 1) {
    node.unsupported("attribute 'output_shape' has " + std::to_string(stated.size()) +
                     " entries; supported: " +
                     (spatial_axes == 2 ? "height and width" : "a length") + ", each at least 1");
  }
  if (spatial_axes == 1) stated.insert(stated.begin(), 1);
  return stated;
}

Attributes2d import_attributes(NodeImport& node, int spatial_axes, const Shape& x,
                               const std::vector<std::int64_t>& kernel) {
  Window2d window = import_plain_window(node, spatial_axes, kernel);
  const std::vector<std::int64_t> padding = import_sides(node, "output_padding", spatial_axes, 0);
  const std::vector<std::int64_t> stated = stated_shape(node, spatial_axes);
  const std::string auto_pad = import_auto_pad(node);
  if (auto_pad != "NOTSET") {
    for (int i = 0; i < 2; ++i) window.pad_begin[i] = window.pad_end[i] = 0;
  }
  Attributes2d result{.axes = {}, .groups = node.attributes().integer("group", 1)};
  for (int i = 0; i < 2; ++i) {
    const auto at = static_cast<std::size_t>(i);
    Axis& axis = result.axes[i];
    axis = {.in = x[i + 2],
            .out = 0,
            .kernel = window.kernel[i],
            .stride = window.stride[i],
            .dilation = window.dilation[i],
            .pad = window.pad_begin[i]};
    place_output(node, axis, window.pad_end[i], padding[at], stated[at], auto_pad);
  }
  return result;
}

/// Filter (o * b0 + i) * b1 + j of the convolution computes place (i, j) of channel o's blocks.
std::vector<float> block_weights(NodeImport& node, const Attributes2d& conv, const BlockAxis& rows,
                                 const BlockAxis& columns) {
  const FloatTensor& weight = node.floats(1);
  const std::int64_t inputs = weight.dims[0] / conv.groups, outputs = weight.dims[1];
  const Axis& height = conv.axes[0];
  const Axis& width = conv.axes[1];
  std::int64_t count = 1;
  for (const std::int64_t extent :
       {outputs * conv.groups, height.stride, width.stride, inputs, rows.taps, columns.taps}) {
    count = saturating_multiply(count, extent);
  }
  std::vector<float> elements = node.new_floats(static_cast<std::size_t>(count));
  auto to = elements.begin();
  for (std::int64_t o = 0; o < outputs * conv.groups; ++o) {
    for (std::int64_t place = 0; place < height.stride * width.stride; ++place) {
      for (std::int64_t c = 0; c < inputs; ++c) {
        const std::int64_t from = (o / outputs * inputs + c) * outputs + o % outputs;
        for (std::int64_t y = rows.first; y < rows.first + rows.taps; ++y) {
          for (std::int64_t z = columns.first; z < columns.first + columns.taps; ++z, ++to) {
            const std::int64_t row = height.tap(place / width.stride, y);
            const std::int64_t column = width.tap(place % width.stride, z);
            if (row < 0 || column < 0) continue;
            *to = weight.elements.floats[static_cast<std::size_t>(
                (from * height.kernel + row) * width.kernel + column)];
          }
        }
      }
    }
  }
  return elements;
}

std::vector<float> block_biases(NodeImport& node, std::int64_t outputs, std::int64_t places) {
  const std::span<const float> bias = node.floats(2).elements.floats;
  if (std::ssize(bias) != outputs) {
    node.invalid(node.input_text(2) + " has " + std::to_string(bias.size()) +
                 " elements, expected " + std::to_string(outputs));
  }
  std::vector<float> elements = node.new_floats(static_cast<std::size_t>(outputs * places));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    elements[i] = bias[i / static_cast<std::size_t>(places)];
  }
  return elements;
}

/// The first `extent` positions of the axis, as an operator.
Operator first_positions(NodeImport& node, std::int64_t axis, std::int64_t extent) {
  node.charge(static_cast<std::size_t>(extent) * sizeof(std::int64_t));
  SpatialGather crop{axis, std::vector<std::int64_t>(static_cast<std::size_t>(extent))};
  std::iota(crop.indices.begin(), crop.indices.end(), 0);
  return crop;
}

void expect_weight(NodeImport& node, const Shape& x, std::int64_t groups) {
  const std::vector<std::int64_t>& weight = node.floats(1).dims;
  const bool fits = std::ranges::min(weight) >= 1 && groups >= 1 && weight[0] == x[1] &&
                    weight[0] % groups == 0 && weight[1] >= 1;
  if (fits) return;
  node.invalid(node.input_text(1) + " reads " + std::to_string(weight[0]) + " channels in " +
               std::to_string(groups) + " groups, but input 0 has " + std::to_string(x[1]));
}

}  // namespace

void import_conv_transpose(NodeImport& node) {
  node.expect_inputs(2, 3);
  const int spatial_axes = count_spatial_axes(node, 0);
  const std::vector<std::int64_t> kernel = import_conv_kernel(node, spatial_axes);
  const std::vector<std::int64_t> weight = node.floats(1).dims;
  const ValueId x = as_images(node, node.activation(0));
  const Shape shape = node.shape(x);
  const Attributes2d conv = import_attributes(node, spatial_axes, shape, kernel);
  expect_weight(node, shape, conv.groups);
  const BlockAxis rows = block_axis(conv.axes[0]), columns = block_axis(conv.axes[1]);
  const std::int64_t outputs = weight[1] * conv.groups;
  const std::int64_t places = conv.axes[0].stride * conv.axes[1].stride;

  Conv2d blocks{.window = {.kernel = {rows.taps, columns.taps},
                           .pad_begin = {rows.pad_begin, columns.pad_begin},
                           .pad_end = {rows.pad_end, columns.pad_end}},
                .groups = conv.groups};
  std::vector<float> elements = block_weights(node, conv, rows, columns);
  std::vector<ValueId> inputs = {
      x,
      node.derived_constant(1, {outputs * places, weight[0] / conv.groups, rows.taps, columns.taps},
                            std::move(elements))};
  if (node.has_input(2)) {
    inputs.push_back(
        node.derived_constant(2, {outputs * places}, block_biases(node, outputs, places)));
  }
  NodeChain chain(node, x);
  chain.start(blocks, std::move(inputs));
  if (places > 1) chain.add(DepthToSpace{{conv.axes[0].stride, conv.axes[1].stride}});
  for (int i = 0; i < 2; ++i) {
    if (chain.shape()[i + 2] == conv.axes[i].out) continue;
    chain.add(first_positions(node, i + 2, conv.axes[i].out));
  }
  chain.finish_on_images(spatial_axes);
}

}  // namespace ockham::converters::onnx_io
