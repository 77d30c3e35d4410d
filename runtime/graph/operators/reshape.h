// Reshape: the same elements under other axes.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Input: x, any activation. Output: [N, D, inner ...], row-major, where D is what `inner` leaves
/// of x's elements. So D shrinks with the channels of x. (A flatten is a Reshape without `inner`.)
struct Reshape {
  std::vector<std::int64_t>
      inner;  ///< extents, each at least 1; their product divides x's elements

  bool operator==(const Reshape&) const = default;
};

Shape infer_shape(const Reshape& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Reshape& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
