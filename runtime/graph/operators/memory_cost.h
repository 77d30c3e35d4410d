// The part of the cost that all operators share: bytes moved.
#pragma once

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Bytes of all inputs read, bytes of the output written.
inline NodeCost memory_cost(const OperatorInputs& inputs, const Shape& output) {
  NodeCost cost;
  for (const OperatorInput& input : inputs.inputs) {
    const std::int64_t bytes = input.shape.elements() * static_cast<std::int64_t>(sizeof(float));
    cost.bytes_read = saturating_add(cost.bytes_read, bytes);
  }
  cost.bytes_written = output.elements() * static_cast<std::int64_t>(sizeof(float));
  return cost;
}

}  // namespace ockham
