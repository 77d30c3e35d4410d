// Pool2d: maximum or average over a window.
#pragma once

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

enum class PoolKind : std::uint8_t { kMax = 0, kAverage = 1 };

/// Input: x [N, C, H, W]. Output: [N, C, H', W'], extents rounded down.
/// Padding is smaller than the kernel, so that no window lies in the padding alone.
struct Pool2d {
  PoolKind kind = PoolKind::kMax;
  Window2d window;
  bool count_include_pad = false;  ///< average only: padded zeros count in the divisor

  bool operator==(const Pool2d&) const = default;
};

Shape infer_shape(const Pool2d& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Pool2d& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
