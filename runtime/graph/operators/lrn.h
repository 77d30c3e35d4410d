// Lrn: local response normalisation across channels.
#pragma once

#include <cstdint>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Input: x [N, C, ...]. Output: the same shape, y[c] = x[c] / (bias + alpha / size * s)^beta, s
/// the sum of squares over channels c - (size - 1) / 2 (rounded down) to c + (size - 1) / 2
/// (rounded up), as far as they exist. Source: Krizhevsky, Sutskever, Hinton 2012, section 3.3.
struct Lrn {
  std::int64_t size = 1;  ///< at least 1
  float alpha = 0.0001f;
  float beta = 0.75f;
  float bias = 1.0f;

  bool operator==(const Lrn&) const = default;
};

Shape infer_shape(const Lrn& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Lrn& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
