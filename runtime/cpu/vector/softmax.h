// Softmax: the exponential of each of some numbers, divided by the sum of these, on vectors. All
// are not a number where one is not, or where the largest is infinite.
#pragma once

#include <cstdint>

namespace ockham::cpu {

/// For VectorTarget::softmax_columns: of each column x[row * stride + column], to the same place of
/// y.
struct SoftmaxColumns {
  const float* x;
  float* y;
  std::int64_t stride;  ///< from one row to the next
  std::int64_t rows;    ///< at least 1
  std::int64_t columns;
  bool logarithm;  ///< writes that of the result
};

/// For VectorTarget::softmax_line: of `count` numbers side by side, at least 1.
struct SoftmaxLine {
  const float* x;
  float* y;
  std::int64_t count;
  bool logarithm;
};

}  // namespace ockham::cpu
