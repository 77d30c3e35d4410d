// Softmax: makes numbers that add up to one.
#pragma once

#include <cstdint>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Input: x, any activation. Output: exp(x) divided by its sum along `axis`, in the shape of x.
struct Softmax {
  std::int64_t axis = 1;  ///< not the batch

  bool operator==(const Softmax&) const = default;
};

Shape infer_shape(const Softmax& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Softmax& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
