#include "runtime/cpu/transpose.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace ockham::cpu {
namespace {

/// Checks each element, and that nothing is written behind the last.
void expect_transposed(std::int64_t rows, std::int64_t columns) {
  constexpr float kGuard = -1.0f;
  const auto count = static_cast<std::size_t>(rows * columns);
  std::vector<float> src(count), dst(count + 1, kGuard);
  std::iota(src.begin(), src.end(), 0.0f);
  transpose(src.data(), dst.data(), rows, columns);
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = static_cast<std::int64_t>(i) / columns;
    const auto column = static_cast<std::int64_t>(i) % columns;
    ASSERT_EQ(dst[static_cast<std::size_t>(column * rows + row)], src[i])
        << rows << " x " << columns << ", row " << row << ", column " << column;
  }
  EXPECT_EQ(dst[count], kGuard) << rows << " x " << columns;
}

// From less than a square of registers to more than a band of rows, with every remainder.
TEST(Transpose, MovesEachElementOfAnyMatrix) {
  for (std::int64_t rows = 1; rows <= 37; ++rows) {
    for (std::int64_t columns = 1; columns <= 21; ++columns) expect_transposed(rows, columns);
  }
}

TEST(Transpose, OfNothingWritesNothing) {
  float guard = 1.0f;
  transpose(nullptr, &guard, 0, 5);
  transpose(nullptr, &guard, 5, 0);
  EXPECT_EQ(guard, 1.0f);
}

}  // namespace
}  // namespace ockham::cpu
