// Linear: a fully connected layer.
#pragma once

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Inputs: x [N, I]; weight [O, I], constant; bias [O], constant, optional.
/// Output: y = x weight^T + bias, [N, O].
struct Linear {
  bool operator==(const Linear&) const = default;
};

Shape infer_shape(const Linear& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Linear& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
