// Concat: joins activations along one axis.
#pragma once

#include <cstdint>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Inputs: one or more activations of one shape, but for their extents on `axis`. Output: these
/// extents added up.
struct Concat {
  std::int64_t axis = 1;  ///< not the batch

  bool operator==(const Concat&) const = default;
};

Shape infer_shape(const Concat& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Concat& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
