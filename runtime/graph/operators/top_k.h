// TopK: the largest or smallest numbers along an axis, in order, or where they stand.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Numbers are those of the model file.
enum class TopKOutput : std::uint8_t { kValues = 0, kIndices };
inline constexpr TopKOutput kLastTopKOutput = TopKOutput::kIndices;

/// "values", "indices".
std::string_view name_of(TopKOutput output);

/// Input: x, any activation. Output: x with `count` positions on `axis`, the largest (or smallest)
/// number first; or int64 indices of them. Of equal numbers the first comes first, what is no
/// number last.
struct TopK {
  std::int64_t axis = 1;   ///< not the batch; of at most 2^24 positions
  std::int64_t count = 1;  ///< 1 to the extent of the axis
  bool largest = true;
  TopKOutput gives = TopKOutput::kValues;

  bool operator==(const TopK&) const = default;
};

Shape infer_shape(const TopK& op, const OperatorInputs& inputs);
NodeCost operator_cost(const TopK& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
