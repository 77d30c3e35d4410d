// Numbers for the elements that a walk has in shared memory, by which it knows what moves where:
// an operator that only moves elements is executed once on these numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/graph/operators.h"

namespace ockham::cuda {

/// Those of a buffer follow each other; no element of another buffer has the next number.
using ElementId = std::int64_t;
/// Of all elements of a value, row-major.
using ElementIds = std::vector<ElementId>;
/// A number that is always zero.
inline constexpr ElementId kZeroElement = 0;
/// Numbers are less: a float holds them.
inline constexpr ElementId kElementIdLimit = ElementId{1} << 24;

ElementIds consecutive_ids(ElementId first, std::int64_t count);

/// Whether the operator's output holds elements of its inputs and nothing else, but for what
/// paddings are filled with.
bool only_moves(const Operator& op);

/// The output of such an operator. `fill` stands for what a Pad writes.
ElementIds moved(const Operator& op, std::span<const Shape> shapes,
                 std::span<const ElementIds> inputs, const Shape& output_shape,
                 ElementId fill = kZeroElement);

/// Elements of a value, or of a constant that has no batch axis, repeated as an operand of a Binary
/// is.
ElementIds repeated(const ElementIds& ids, const Shape& shape, const Shape& output_shape);

/// The first element, where the others follow it in memory.
std::optional<ElementId> first_of(std::span<const ElementId> ids);

/// The first element of each of so many planes, kZeroElement for one of zeros alone; nullopt where
/// one of them is not in order.
std::optional<ElementIds> first_of_planes(std::span<const ElementId> ids, std::int64_t planes);

}  // namespace ockham::cuda
