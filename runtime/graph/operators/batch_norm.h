// BatchNorm: normalisation per channel with running statistics.
#pragma once

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Inputs: x [N, C, ...]; scale, shift, mean, variance [C], constants.
/// Output: (x - mean) / sqrt(variance + epsilon) * scale + shift, the shape of x.
struct BatchNorm {
  float epsilon = 1e-5f;
  float momentum =
      0.9f;  ///< used by training only: running = momentum running + (1 - momentum) new

  bool operator==(const BatchNorm&) const = default;
};

Shape infer_shape(const BatchNorm& op, const OperatorInputs& inputs);
NodeCost operator_cost(const BatchNorm& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
