// Positions picked along one axis, as Gather, Split, Slice and Pad want them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/graph/operators.h"

namespace ockham::converters::onnx_io {

/// The operator that picks these positions of an axis behind the batch.
inline Operator selection(std::int64_t axis, std::vector<std::int64_t> indices) {
  if (axis == 1) return Gather{std::move(indices)};
  return SpatialGather{axis, std::move(indices)};
}

}  // namespace ockham::converters::onnx_io
