// BatchNorm: normalisation per channel with running statistics.
#pragma once

#include <span>
#include <vector>

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

/// y = factor x + shift, per channel.
struct AffineMap {
  std::vector<double> factor, shift;
};

/// What a batch norm with these constants, one of each per channel, computes.
AffineMap affine_map(const BatchNorm& op, std::span<const double> scale,
                     std::span<const double> shift, std::span<const double> mean,
                     std::span<const double> variance);

Shape infer_shape(const BatchNorm& op, const OperatorInputs& inputs);
NodeCost operator_cost(const BatchNorm& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
