// Conv2d: two-dimensional convolution (cross-correlation, as in ONNX).
#pragma once

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Inputs: x [N, C, H, W]; weight [F, C / groups, kh, kw], constant; bias [F], constant, optional.
/// Output: [N, F, H', W'].
struct Conv2d {
  Window2d window;  ///< `kernel` repeats the weight's last two extents
  std::int64_t groups = 1;

  bool operator==(const Conv2d&) const = default;
};

Shape infer_shape(const Conv2d& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Conv2d& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
