// Reduce: makes one number of all that stand along some axes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Numbers are those of the model file.
enum class ReduceKind : std::uint8_t {
  kMax = 0,
  kMin,
  kSum,
  kMean,
  kProd,
  kL1,         ///< sum of absolute values
  kL2,         ///< square root of the sum of squares
  kLogSum,     ///< logarithm of the sum
  kLogSumExp,  ///< logarithm of the sum of exp(x)
  kSumSquare,  ///< sum of squares
};
inline constexpr ReduceKind kLastReduceKind = ReduceKind::kSumSquare;

/// Input: x, any activation. Output: x with extent 1 on each of `axes`, or without these.
struct Reduce {
  ReduceKind kind = ReduceKind::kSum;
  std::vector<std::int64_t> axes;  ///< ascending, each once, not the batch; at least one
  bool keeps_axes = true;

  bool operator==(const Reduce&) const = default;
};

/// "reduce_max", "reduce_min" ... ; "reduce of an unknown kind".
std::string_view name_of(ReduceKind kind);

/// Whether the channels (axis 1) are reduced to one.
bool reduces_channels(const Reduce& op);

Shape infer_shape(const Reduce& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Reduce& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
