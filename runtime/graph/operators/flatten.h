// Flatten: all axes behind the batch become one.
#pragma once

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Input: x [N, a, b, ...]. Output: [N, a b ...], row-major.
struct Flatten {
  bool operator==(const Flatten&) const = default;
};

Shape infer_shape(const Flatten& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Flatten& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
