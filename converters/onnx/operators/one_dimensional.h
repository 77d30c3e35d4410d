// One-dimensional networks are imported as two-dimensional ones: a value [N, C, L] is read as
// images [N, C, 1, L], and what is computed from them is given back as [N, C, L]. Between two
// operators that both do so, the images are handed on, and no reshape is left.
#pragma once

#include <vector>

#include "converters/onnx/import_node.h"

namespace ockham::converters::onnx_io {

/// Number of spatial axes of input `i`: 1 or 2. Throws Error(kUnsupported) for other ranks.
int count_spatial_axes(NodeImport& node, std::size_t i);

/// The images of which `value` is a view [N, C, L], or -1.
ValueId viewed_images(const NodeImport& node, ValueId value);

/// `value` of rank 4 as it is; of rank 3 as images.
ValueId as_images(NodeImport& node, ValueId value);

/// Emits an operator that takes and gives images; output 0 gets as many spatial axes.
void emit_on_images(NodeImport& node, int spatial_axes, Operator op, std::vector<ValueId> inputs);

/// Emits an operator that works on each element alone. Where inputs are views of images, it works
/// on those.
void emit_elementwise(NodeImport& node, Operator op, std::vector<ValueId> inputs);

}  // namespace ockham::converters::onnx_io
