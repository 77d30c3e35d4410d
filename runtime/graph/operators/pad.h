// Pad: a border of one number around the axes behind the channels.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Input: x [N, C, ...] of rank 3 or more. Output: each axis behind the channels longer by its
/// `begin` and `end`, which hold `value`. (Channels of zeros are added by Gather.)
struct Pad {
  std::vector<std::int64_t> begin, end;  ///< for axes 2, 3, ...; 0 or more
  float value = 0.0f;                    ///< finite

  bool operator==(const Pad&) const = default;
};

Shape infer_shape(const Pad& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Pad& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
