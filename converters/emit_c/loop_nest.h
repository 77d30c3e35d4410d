// LoopNest: loops in C over the axes of arrays that are read or written side by side.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/graph/shape.h"

namespace ockham::converters::c_code {

/// An axis that all arrays share.
struct LoopAxis {
  std::int64_t extent = 1;
  std::vector<std::int64_t> steps;  ///< elements from one position to the next, for each array
};

class LoopNest {
 public:
  /// Variables are `variable` and a number. The first axis is the outermost loop. Axes of one
  /// position get no loop; those that every array walks through like a single one become one.
  LoopNest(std::string variable, const std::vector<LoopAxis>& axes);

  /// Where array number `array` is read or written: "i0 * 12 + i1".
  std::string index(std::size_t array) const;

  /// `body`, lines of C, inside the loops.
  std::string around(const std::string& body) const;

 private:
  std::string variable_;
  std::vector<LoopAxis> axes_;
};

/// Elements from one position to the next on each axis of one image; the batch's is 0.
std::vector<std::int64_t> row_major_steps(const Shape& shape);

}  // namespace ockham::converters::c_code
