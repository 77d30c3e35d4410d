// Gather: selects channels, in any order and any number of times, and adds channels of zeros.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Input: x [N, C, ...]. Output: [N, K, ...], y[:, k] = x[:, indices[k]], or zeros.
struct Gather {
  static constexpr std::int64_t kZero = -1;  ///< as an index: a channel of zeros

  std::vector<std::int64_t> indices;  ///< K of them, each from 0 to C - 1, or kZero

  bool operator==(const Gather&) const = default;
};

/// Whether the output is the input: every channel of `channels` once, in order.
bool selects_everything(const Gather& op, std::int64_t channels);

Shape infer_shape(const Gather& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Gather& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
