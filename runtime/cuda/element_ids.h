// Numbers for elements, by which planning knows what moves where: an operator that only moves
// elements is executed once on these numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/graph/operators.h"

namespace ockham::cuda {

/// Element i of buffer b has the number b * kBufferSpacing + i.
using ElementId = std::int64_t;
/// Of all elements of a value, row-major.
using ElementIds = std::vector<ElementId>;
/// More than any buffer has elements. A power of two, so that a float holds the first of a buffer.
inline constexpr ElementId kBufferSpacing = ElementId{1} << 17;
/// A number that is always zero: the first buffer's only element.
inline constexpr ElementId kZeroElement = 0;

constexpr std::size_t buffer_index(ElementId id) {
  return static_cast<std::size_t>(id / kBufferSpacing);
}

ElementIds consecutive_ids(ElementId first, std::int64_t count);

/// Whether the operator's output holds elements of its inputs and nothing else, but for what
/// paddings are filled with.
bool only_moves(const Operator& op);

/// The output of such an operator. `fill`, the first of a buffer, stands for what a
/// Pad writes.
ElementIds moved(const Operator& op, std::span<const Shape> shapes,
                 std::span<const ElementIds> inputs, const Shape& output_shape,
                 ElementId fill = kZeroElement);

/// Elements of a value, or of a constant that has no batch axis, repeated as an operand of a Binary
/// is.
ElementIds repeated(const ElementIds& ids, const Shape& shape, const Shape& output_shape);

/// The first element, where the others follow it in memory.
std::optional<ElementId> first_of(std::span<const ElementId> ids);

/// Planes of rows, each plane in one buffer: element x of row y is `first` + y * `row` + x.
struct ElementPlanes {
  ElementIds firsts;     ///< of each plane; kZeroElement: all of it is zeros
  std::int64_t row = 0;  ///< from one row to the next, in all planes

  bool operator==(const ElementPlanes&) const = default;
};

/// Elements as so many planes with rows of `width`; nullopt where they do not lie so.
std::optional<ElementPlanes> as_planes(std::span<const ElementId> ids, std::int64_t planes,
                                       std::int64_t width);

/// From one plane to the next, where that is always the same and none is zeros; 0 for one plane.
std::optional<std::int64_t> plane_distance(const ElementPlanes& planes);

}  // namespace ockham::cuda
