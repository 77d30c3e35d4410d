// Windows of convolutions and pools, between ONNX's attributes and Window2d.
#pragma once

#include "converters/onnx/export_node.h"
#include "converters/onnx/import_node.h"
#include "runtime/graph/operators.h"

namespace ockham::converters::onnx_io {

/// Reads strides, dilations, pads and auto_pad for a window of this kernel over an input [N, C, H,
/// W].
Window2d import_window(NodeImport& node, const Shape& input, std::int64_t kernel_height,
                       std::int64_t kernel_width);

/// Throws Error(kUnsupported) unless input `i` is an image: rank 4.
void expect_image(NodeImport& node, std::size_t i);

/// Reads kernel_shape, which must have two entries.
std::vector<std::int64_t> import_kernel_shape(NodeImport& node);

/// Writes kernel_shape, strides and pads.
void export_window(const Window2d& window, NodeExport& node);

}  // namespace ockham::converters::onnx_io
