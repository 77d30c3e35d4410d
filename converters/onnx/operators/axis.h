// Axes as ONNX counts them: from the beginning, or negative from the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/onnx/import_node.h"

namespace ockham::converters::onnx_io {

/// An axis of a value of this rank, counted from the beginning. Throws Error(kUnsupported) for the
/// batch and for one that the value does not have.
inline std::int64_t import_axis(const NodeImport& node, std::int64_t axis, int rank) {
  const std::int64_t counted = axis < 0 ? axis + rank : axis;
  if (counted >= 1 && counted < rank) return counted;
  node.unsupported("axis " + std::to_string(axis) + " of " + std::to_string(rank) +
                   "; supported: an axis behind the batch");
}

/// The axes that a node names: attribute 'axes' in old models, input `i` in new ones; each counted
/// from the beginning. None when there are neither.
inline std::vector<std::int64_t> import_axes(NodeImport& node, std::size_t i, int rank) {
  std::vector<std::int64_t> axes = node.attributes().integers("axes", {});
  if (node.has_input(i)) axes = node.integers(i).elements;
  for (std::int64_t& axis : axes) axis = import_axis(node, axis, rank);
  return axes;
}

}  // namespace ockham::converters::onnx_io
