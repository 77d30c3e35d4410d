// Accumulation: many numbers made into one, on vectors of such results. In double: over a whole
// image, float would lose digits.
#pragma once

#include <cstdint>

namespace ockham::cpu {

/// What becomes of a result and one more number. What is not a number stays in it.
enum class Accumulation : std::uint8_t {
  kLargest,
  kSmallest,
  kSum,
  kSumOfMagnitudes,
  kSumOfSquares,
  kSumOfExponentials,  ///< of the number less `base`
  kProduct,            ///< rounded to float at each step
};

/// For VectorTarget::accumulate: x[row * x_row + i] of each row goes into results[i].
struct AccumulatedRows {
  Accumulation kind;
  const float* x;
  std::int64_t x_row;
  std::int64_t rows;
  double* results;
  std::int64_t count;
  const float* base = nullptr;  ///< of each result, for kSumOfExponentials
};

}  // namespace ockham::cpu
