// What Slice takes of its input's axes: of activations, and of constants when they are folded.
#pragma once

#include <cstdint>
#include <vector>

#include "converters/onnx/import_node.h"

namespace ockham::converters::onnx_io {

/// A slice of one axis, as the file has it.
struct SliceRange {
  std::int64_t axis, start, end, step;
};

/// The slices of the node, from inputs 1 to 4 or, in old models, attributes. Throws
/// Error(kInvalidModel) unless they are as many starts as ends, axes and steps.
std::vector<SliceRange> slice_ranges(NodeImport& node);

/// Positions start, start + step, ... of an axis, `count` of them.
struct SlicePart {
  std::int64_t start, count, step;
};

/// The range clamped to an axis of this extent, as ONNX says.
SlicePart slice_part(const NodeImport& node, const SliceRange& range, std::int64_t extent);

}  // namespace ockham::converters::onnx_io
