// Windows of convolutions and pools, between ONNX's attributes and Window2d.
#pragma once

#include <string>

#include "converters/onnx/export_node.h"
#include "converters/onnx/import_node.h"
#include "runtime/graph/operators.h"

namespace ockham::converters::onnx_io {

/// Reads strides, dilations, pads and auto_pad for a window of this kernel, [height, width], over
/// images [N, C, H, W]. With one spatial axis the file has them for the width only.
Window2d import_window(NodeImport& node, int spatial_axes, const Shape& images,
                       const std::vector<std::int64_t>& kernel);

/// The same without auto_pad, which the caller reads: pads are those of attribute 'pads'.
Window2d import_plain_window(NodeImport& node, int spatial_axes,
                             const std::vector<std::int64_t>& kernel);

/// Attribute 'auto_pad', one of those that ONNX knows.
std::string import_auto_pad(NodeImport& node);

/// An attribute with one number for each spatial axis, at least `otherwise`, which stands for a
/// missing one; as [height, width].
std::vector<std::int64_t> import_sides(NodeImport& node, std::string_view name, int spatial_axes,
                                       std::int64_t otherwise);

/// [height, width] of the kernel of a (transposed) convolution, whose weight is input 1; attribute
/// 'kernel_shape' agrees with it if it is there.
std::vector<std::int64_t> import_conv_kernel(NodeImport& node, int spatial_axes);

/// Throws Error(kUnsupported) unless input `i` is an image: rank 4.
void expect_image(NodeImport& node, std::size_t i);

/// Reads kernel_shape as [height, width]; with one spatial axis the height is 1.
std::vector<std::int64_t> import_kernel_shape(NodeImport& node, int spatial_axes);

/// Writes kernel_shape, strides and pads.
void export_window(const Window2d& window, NodeExport& node);

}  // namespace ockham::converters::onnx_io
