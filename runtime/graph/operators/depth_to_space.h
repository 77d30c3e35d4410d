// DepthToSpace: blocks of channels become pixels of a larger image.
#pragma once

#include <cstdint>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Input: x [N, C * b0 * b1, H, W]. Output: [N, C, H * b0, W * b1] with
/// y[n, c, h * b0 + i, w * b1 + j] = x[n, (c * b0 + i) * b1 + j, h, w]: ONNX's mode CRD.
struct DepthToSpace {
  std::int64_t block[2] = {1, 1};  ///< height, width

  bool operator==(const DepthToSpace&) const = default;
};

Shape infer_shape(const DepthToSpace& op, const OperatorInputs& inputs);
NodeCost operator_cost(const DepthToSpace& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
