// A tensor as lines along one axis.
#pragma once

#include <cstdint>

#include "runtime/graph/shape.h"

namespace ockham::reference {

/// How many lines there are before and behind the axis; elements of one lie `inner` apart.
struct Lines {
  Lines(const Shape& shape, std::int64_t axis) : extent(shape[static_cast<int>(axis)]) {
    for (int i = 0; i < shape.rank(); ++i) (i < axis ? outer : inner) *= i == axis ? 1 : shape[i];
  }

  /// Calls `visit(o, i)` for each line, whose first element is number o * extent * inner + i.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t i = 0; i < inner; ++i) visit(o, i);
    }
  }

  std::int64_t extent;
  std::int64_t outer = 1, inner = 1;
};

}  // namespace ockham::reference
