#include "runtime/cpu/transpose.h"

#include <algorithm>
#include <cstring>

namespace ockham::cpu {
namespace {

constexpr std::int64_t kSide = 4;   ///< of the squares that are transposed in registers
constexpr std::int64_t kBand = 16;  ///< rows at a time: as many as fill a cache line of the result

/// Four floats that the compiler keeps in one register where the processor has such.
using Quad = float __attribute__((vector_size(sizeof(float) * kSide)));

Quad load(const float* from) {
  Quad quad;
  std::memcpy(&quad, from, sizeof quad);
  return quad;
}

void store(float* to, Quad quad) { std::memcpy(to, &quad, sizeof quad); }

/// `row` and `column` are elements from one row of `src` and of `dst` to the next.
void transpose_square(const float* src, std::int64_t row, float* dst, std::int64_t column) {
  const Quad a = load(src), b = load(src + row);
  const Quad c = load(src + 2 * row), d = load(src + 3 * row);
  const Quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Quad ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Quad cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Quad cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(dst, __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5));
  store(dst + column, __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7));
  store(dst + 2 * column, __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
  store(dst + 3 * column, __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
}

}  // namespace

void transpose(const float* src, float* dst, std::int64_t rows, std::int64_t columns) {
  const std::int64_t square_rows = rows / kSide * kSide;
  const std::int64_t square_columns = columns / kSide * kSide;
  for (std::int64_t band = 0; band < square_rows; band += kBand) {
    const std::int64_t end = std::min(band + kBand, square_rows);
    for (std::int64_t column = 0; column < square_columns; column += kSide) {
      for (std::int64_t row = band; row < end; row += kSide) {
        transpose_square(src + row * columns + column, columns, dst + column * rows + row, rows);
      }
    }
  }
  // What is left: the last columns of these rows, and the last rows whole.
  for (std::int64_t column = square_columns; column < columns; ++column) {
    for (std::int64_t row = 0; row < square_rows; ++row) {
      dst[column * rows + row] = src[row * columns + column];
    }
  }
  for (std::int64_t row = square_rows; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      dst[column * rows + row] = src[row * columns + column];
    }
  }
}

}  // namespace ockham::cpu
