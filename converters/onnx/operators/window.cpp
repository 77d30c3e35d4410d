#include "converters/onnx/operators/window.h"

#include <algorithm>

#include "converters/onnx/text.h"

namespace ockham::converters::onnx_io {
namespace {

/// Beyond this, sums and products of attributes could overflow; the graph's rules refuse it anyway.
constexpr std::int64_t kLargest = std::int64_t{1} << 24;

/// Pads so that the output has ceil(extent / stride) elements; an odd one goes to the end (upper)
/// or to the beginning (lower).
void pad_to_same(Window2d& window, int axis, std::int64_t extent, bool upper) {
  const std::int64_t stride = window.stride[axis];
  const std::int64_t reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
  const std::int64_t output = (extent + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((output - 1) * stride + reach - extent, 0);
  const std::int64_t smaller = total / 2;
  window.pad_begin[axis] = upper ? smaller : total - smaller;
  window.pad_end[axis] = total - window.pad_begin[axis];
}

void set_padding(NodeImport& node, Window2d& window, const Shape& input) {
  const std::string mode = import_auto_pad(node);
  if (mode == "NOTSET") return;
  for (int axis = 0; axis < 2; ++axis) window.pad_begin[axis] = window.pad_end[axis] = 0;
  if (mode == "VALID") return;
  for (int axis = 0; axis < 2; ++axis) {
    pad_to_same(window, axis, input[axis + 2], mode == "SAME_UPPER");
  }
}

/// An attribute with `length` numbers, `otherwise` where it is missing, checked to be at least
/// that.
std::vector<std::int64_t> import_extents(NodeImport& node, std::string_view name,
                                         std::size_t length, std::int64_t otherwise) {
  const std::vector<std::int64_t> extents =
      node.attributes().integers(name, std::vector<std::int64_t>(length, otherwise));
  if (extents.size() != length) {
    node.unsupported("attribute '" + std::string(name) + "' has " + std::to_string(extents.size()) +
                     " entries; supported: " + std::to_string(length) +
                     " (as many as its input has axes behind the channels, and sides)");
  }
  for (const std::int64_t extent : extents) {
    if (extent < otherwise || extent > kLargest) {
      node.unsupported("attribute '" + std::string(name) + "' holds " + std::to_string(extent) +
                       "; supported: " + std::to_string(otherwise) + " to " +
                       std::to_string(kLargest));
    }
  }
  return extents;
}

/// The attribute 'pads' as top, left, bottom, right.
std::vector<std::int64_t> import_pads(NodeImport& node, int spatial_axes) {
  const std::vector<std::int64_t> pads =
      import_extents(node, "pads", static_cast<std::size_t>(2 * spatial_axes), 0);
  return spatial_axes == 1 ? std::vector<std::int64_t>{0, pads[0], 0, pads[1]} : pads;
}

}  // namespace

std::string import_auto_pad(NodeImport& node) {
  const std::string mode = node.attributes().text("auto_pad", "NOTSET");
  if (mode != "NOTSET" && mode != "VALID" && mode != "SAME_UPPER" && mode != "SAME_LOWER") {
    node.unsupported("attribute 'auto_pad' is " + shown(mode) +
                     "; supported: NOTSET, VALID, SAME_UPPER, SAME_LOWER");
  }
  return mode;
}

std::vector<std::int64_t> import_sides(NodeImport& node, std::string_view name, int spatial_axes,
                                       std::int64_t otherwise) {
  std::vector<std::int64_t> sides =
      import_extents(node, name, static_cast<std::size_t>(spatial_axes), otherwise);
  if (spatial_axes == 1) sides.insert(sides.begin(), otherwise);
  return sides;
}

Window2d import_window(NodeImport& node, int spatial_axes, const Shape& images,
                       const std::vector<std::int64_t>& kernel) {
  Window2d window = import_plain_window(node, spatial_axes, kernel);
  set_padding(node, window, images);
  return window;
}

Window2d import_plain_window(NodeImport& node, int spatial_axes,
                             const std::vector<std::int64_t>& kernel) {
  Window2d window{.kernel = {kernel[0], kernel[1]}};
  for (const std::int64_t extent : window.kernel) {
    if (extent < 1 || extent > kLargest) {
      node.unsupported("a kernel extent is " + std::to_string(extent) + "; supported: 1 to " +
                       std::to_string(kLargest));
    }
  }
  std::ranges::copy(import_sides(node, "strides", spatial_axes, 1), window.stride);
  std::ranges::copy(import_sides(node, "dilations", spatial_axes, 1), window.dilation);
  const std::vector<std::int64_t> pads = import_pads(node, spatial_axes);
  std::copy_n(pads.begin(), 2, window.pad_begin);
  std::copy_n(pads.begin() + 2, 2, window.pad_end);
  return window;
}

std::vector<std::int64_t> import_kernel_shape(NodeImport& node, int spatial_axes) {
  return import_sides(node, "kernel_shape", spatial_axes, 1);
}

std::vector<std::int64_t> import_conv_kernel(NodeImport& node, int spatial_axes) {
  const std::vector<std::int64_t> dims = node.floats(1).dims;
  if (static_cast<int>(dims.size()) != spatial_axes + 2) {
    node.unsupported(node.input_text(1) + " has rank " + std::to_string(dims.size()) +
                     "; supported: the rank of " + node.input_text(0) + ", which is " +
                     std::to_string(spatial_axes + 2));
  }
  const std::vector<std::int64_t> kernel = {spatial_axes == 1 ? 1 : dims[2], dims.back()};
  if (node.attributes().has("kernel_shape") && import_kernel_shape(node, spatial_axes) != kernel) {
    node.invalid("attribute 'kernel_shape' differs from the last extents of the weight");
  }
  return kernel;
}

void expect_image(NodeImport& node, std::size_t i) {
  const Shape& shape = node.shape(node.activation(i));
  if (shape.rank() == 4) return;
  node.unsupported(node.input_text(i) + " has shape " + shape.text() +
                   "; supported: images, [N, C, H, W]");
}

void export_window(const Window2d& window, NodeExport& node) {
  node.set_integers("kernel_shape", {window.kernel[0], window.kernel[1]});
  node.set_integers("strides", {window.stride[0], window.stride[1]});
  node.set_integers(
      "pads", {window.pad_begin[0], window.pad_begin[1], window.pad_end[0], window.pad_end[1]});
}

}  // namespace ockham::converters::onnx_io
