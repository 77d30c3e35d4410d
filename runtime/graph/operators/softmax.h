// Softmax: makes numbers that add up to one, or their logarithms.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Numbers are those of the model file.
enum class SoftmaxKind : std::uint8_t {
  kSoftmax = 0,  ///< exp(x) divided by its sum
  kLogSoftmax,   ///< the logarithm of that
  kHardmax,      ///< 1 for the largest number, the first of several; 0 for the others
};
inline constexpr SoftmaxKind kLastSoftmaxKind = SoftmaxKind::kHardmax;

/// Input: x, any activation. Output: what `kind` says, along `axis`, in the shape of x.
struct Softmax {
  std::int64_t axis = 1;  ///< not the batch
  SoftmaxKind kind = SoftmaxKind::kSoftmax;

  bool operator==(const Softmax&) const = default;
};

/// "softmax", "log_softmax" ... ; "softmax of an unknown kind".
std::string_view name_of(SoftmaxKind kind);

Shape infer_shape(const Softmax& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Softmax& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
