// Binary: functions of two tensors, element by element.
#pragma once

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

enum class BinaryKind : std::uint8_t { kAdd = 0 };

/// Inputs: a, b, activations of one shape. Output: that shape.
struct Binary {
  BinaryKind kind = BinaryKind::kAdd;

  bool operator==(const Binary&) const = default;
};

Shape infer_shape(const Binary& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Binary& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
