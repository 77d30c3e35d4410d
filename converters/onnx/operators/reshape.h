// Reshapes that rules of several operators end with.
#pragma once

#include <cstdint>
#include <vector>

#include "converters/onnx/import_node.h"

namespace ockham::converters::onnx_io {

/// Output 0 is `x` with these extents behind the batch, of as many elements.
inline void emit_reshape(NodeImport& node, ValueId x, const std::vector<std::int64_t>& dims) {
  if (dims.empty()) node.unsupported("leaves the batch alone; supported: at least one axis more");
  if (dims.size() == 1) return node.emit(Flatten{}, {x});
  node.emit(Reshape{{dims.begin() + 1, dims.end()}}, {x});
}

}  // namespace ockham::converters::onnx_io
