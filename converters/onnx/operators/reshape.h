// Reshapes that rules of several operators end with.
#pragma once

#include <cstdint>
#include <vector>

#include "converters/onnx/operators/one_dimensional.h"

namespace ockham::converters::onnx_io {

/// Output 0 is `x` with these extents behind the batch, of as many elements. A view of images need
/// not be made first.
inline void emit_reshape(NodeImport& node, ValueId x, const std::vector<std::int64_t>& dims) {
  if (dims.empty()) node.unsupported("leaves the batch alone; supported: at least one axis more");
  if (viewed_images(node, x) >= 0) x = as_images(node, x);
  if (dims.size() == 1) return node.emit(Flatten{}, {x});
  node.emit(Reshape{{dims.begin() + 1, dims.end()}}, {x});
}

}  // namespace ockham::converters::onnx_io
