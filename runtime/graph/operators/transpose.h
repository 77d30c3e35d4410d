// Transpose: the same elements with their axes in another order.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Input: x of any rank from 2. Output: axis i is axis `order[i]` of the input.
struct Transpose {
  std::vector<std::int64_t> order;  ///< each axis once; the batch stays first

  bool operator==(const Transpose&) const = default;
};

Shape infer_shape(const Transpose& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Transpose& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
