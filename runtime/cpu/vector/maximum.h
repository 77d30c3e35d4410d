// Maximum: the inner loops of max pools over images with their channels last. What is not a number
// wins.
#pragma once

#include <cstdint>

namespace ockham::cpu {

/// For VectorTarget::rows_maximum: y[i] = the largest of x[row * x_row + i].
struct RowsMaximum {
  const float* x;
  std::int64_t x_row;
  std::int64_t rows;  ///< at least 1
  float* y;
  std::int64_t count;
};

/// For VectorTarget::columns_maximum: y[pixel * channels + channel] = the largest of x[pixel *
/// x_pixel + column * channels + channel]. Up to a vector behind the last element of x is read, and
/// ignored.
struct ColumnsMaximum {
  const float* x;
  std::int64_t x_pixel;
  std::int64_t columns;  ///< at least 1
  float* y;
  std::int64_t pixels;
  std::int64_t channels;
};

}  // namespace ockham::cpu
