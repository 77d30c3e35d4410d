// ArgExtreme: where along an axis the largest or smallest number stands.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Numbers are those of the model file.
enum class ArgKind : std::uint8_t { kMax = 0, kMin };
inline constexpr ArgKind kLastArgKind = ArgKind::kMin;

/// Input: x, any activation. Output: int64 indices along `axis`, on which the output has extent 1,
/// or which it lacks. Of equal numbers the first counts, or the last. What is no number counts only
/// as the first element.
struct ArgExtreme {
  ArgKind kind = ArgKind::kMax;
  std::int64_t axis = 1;  ///< not the batch; of at most 2^24 positions
  bool keeps_axis = true;
  bool takes_last = false;

  bool operator==(const ArgExtreme&) const = default;
};

/// "arg_max", "arg_min"; "arg_extreme of an unknown kind".
std::string_view name_of(ArgKind kind);

Shape infer_shape(const ArgExtreme& op, const OperatorInputs& inputs);
NodeCost operator_cost(const ArgExtreme& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
