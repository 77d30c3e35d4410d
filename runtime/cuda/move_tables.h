// Tables that say for each position of an activation in memory which position of another goes
// there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/graph/operators.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::cuda {

// What a table has for a position that no element of the input goes to.
inline constexpr std::int32_t kMovedZero = -1;     ///< 0: a padded channel
inline constexpr std::int32_t kMovedFilling = -2;  ///< the operator's filling (filling_of)
inline constexpr std::int32_t kNotMoved = -3;      ///< left alone: another input's

/// An activation in memory. Both outlive it.
struct Stored {
  const Shape& shape;  ///< the graph's
  const Placement& placement;
};

/// What an operator that only moves elements (element_ids.h) puts between them.
float filling_of(const Operator& op);

/// For each input, a table over the positions of one image of the output. Positions are 32-bit. An
/// input may lie flattened or not; `shapes` are those that the graph gives them.
std::vector<std::vector<std::int32_t>> move_tables(const Operator& op,
                                                   std::span<const Shape> shapes,
                                                   std::span<const Stored> inputs,
                                                   const Stored& output);

/// For each position of the result of an elementwise operator of two operands, the position of this
/// one; 0 at padded channels.
std::vector<std::int32_t> operand_table(const Stored& operand, const Stored& result);

}  // namespace ockham::cuda
