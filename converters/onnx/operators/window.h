// Windows of convolutions and pools, between ONNX's attributes and Window2d.
#pragma once

#include <string>

#include "converters/onnx/export_node.h"
#include "converters/onnx/import_node.h"
#include "runtime/graph/operators.h"

namespace ockham::converters::onnx_io {

/// Reads strides, dilations, pads and auto_pad for a window of this kernel over an input [N, C, H,
/// W].
Window2d import_window(NodeImport& node, const Shape& input, std::int64_t kernel_height,
                       std::int64_t kernel_width);

/// The same without auto_pad, which the caller reads: pads are those of attribute 'pads'.
Window2d import_plain_window(NodeImport& node, std::int64_t kernel_height,
                             std::int64_t kernel_width);

/// Attribute 'auto_pad', one of those that ONNX knows.
std::string import_auto_pad(NodeImport& node);

/// An attribute with `length` numbers, `otherwise` where it is missing, checked to be at least
/// that.
std::vector<std::int64_t> import_extents(NodeImport& node, std::string_view name,
                                         std::size_t length, std::int64_t otherwise);

/// The shape of the weight of a two-dimensional (transposed) convolution, input 1, which attribute
/// 'kernel_shape' agrees with if it is there.
std::vector<std::int64_t> import_conv_weight(NodeImport& node);

/// Throws Error(kUnsupported) unless input `i` is an image: rank 4.
void expect_image(NodeImport& node, std::size_t i);

/// Reads kernel_shape, which must have two entries.
std::vector<std::int64_t> import_kernel_shape(NodeImport& node);

/// Writes kernel_shape, strides and pads.
void export_window(const Window2d& window, NodeExport& node);

}  // namespace ockham::converters::onnx_io
