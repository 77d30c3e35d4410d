// Unary: functions applied to each element.
#pragma once

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

enum class UnaryKind : std::uint8_t { kRelu = 0 };

/// Input: x, any activation. Output: the shape of x.
struct Unary {
  UnaryKind kind = UnaryKind::kRelu;

  bool operator==(const Unary&) const = default;
};

Shape infer_shape(const Unary& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Unary& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
