#include "runtime/cpu/vector/softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "runtime/cpu/vector/targets.h"
#include "tests/cases/operator_cases.h"

namespace ockham::cpu {
namespace {

constexpr float kGuard = 1234.0f;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Of every `stride`-th number from `first` on, element `i`.
double softmax_of(const std::vector<float>& x, std::int64_t first, std::int64_t stride,
                  std::int64_t count, std::int64_t i, bool logarithm) {
  double sum = 0.0;
  for (std::int64_t k = 0; k < count; ++k) sum += std::exp(double{x[at(first + k * stride)]});
  const double result = double{x[at(first + i * stride)]} - std::log(sum);
  return logarithm ? result : std::exp(result);
}

TEST(Softmax, OfColumnsTakesAnyNumberOfThemOnEachTarget) {
  for (const VectorTarget& target : vector_targets()) {
    for (std::int64_t columns = 1; columns <= 2 * target.lanes + 1; ++columns) {
      for (const bool logarithm : {false, true}) {
        const std::int64_t rows = 1 + columns % 4, stride = columns + 1;
        const std::vector<float> x = random_floats(rows * stride - 1, 1);  // none behind the last
        std::vector<float> y(at(rows * stride), kGuard);
        target.softmax_columns({x.data(), y.data(), stride, rows, columns, logarithm});
        for (std::int64_t row = 0; row < rows; ++row) {
          for (std::int64_t column = 0; column < columns; ++column) {
            EXPECT_NEAR(y[at(row * stride + column)],
                        softmax_of(x, column, stride, rows, row, logarithm), 2e-6)
                << target.name << ", column " << column << " of " << columns;
          }
          EXPECT_EQ(y[at(row * stride + columns)], kGuard) << target.name << ", " << columns;
        }
      }
    }
  }
}

TEST(Softmax, OfALineTakesAnyLengthOnEachTarget) {
  for (const VectorTarget& target : vector_targets()) {
    for (std::int64_t count = 1; count <= 3 * target.lanes + 1; ++count) {
      for (const bool logarithm : {false, true}) {
        const std::vector<float> x = random_floats(count, 1);
        std::vector<float> y(at(count + 1), kGuard);
        target.softmax_line({x.data(), y.data(), count, logarithm});
        for (std::int64_t i = 0; i < count; ++i) {
          EXPECT_NEAR(y[at(i)], softmax_of(x, 0, 1, count, i, logarithm), 2e-6)
              << target.name << ", element " << i << " of " << count;
        }
        EXPECT_EQ(y[at(count)], kGuard) << target.name << " wrote behind " << count;
      }
    }
  }
}

TEST(Softmax, OfLargeNumbersDoesNotOverflow) {
  for (const VectorTarget& target : vector_targets()) {
    const float x[] = {1000.0f, 999.0f, -1000.0f};
    float y[3];
    target.softmax_line({x, y, 3, false});
    EXPECT_NEAR(y[0], 1.0 / (1.0 + std::exp(-1.0)), 1e-6) << target.name;
    EXPECT_EQ(y[2], 0.0f) << target.name;
  }
}

TEST(Softmax, IsNotANumberWhereAnyIsNotOrTheLargestIsInfinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const VectorTarget& target : vector_targets()) {
    for (const float spoilt : {std::numeric_limits<float>::quiet_NaN(), infinity}) {
      for (const bool logarithm : {false, true}) {
        std::vector<float> x = random_floats(target.lanes + 3, 1), y(x.size());
        for (const std::size_t hidden : {std::size_t{0}, std::size_t{1}, x.size() - 1}) {
          std::vector<float> spoilt_x = x;
          spoilt_x[hidden] = spoilt;
          const auto count = static_cast<std::int64_t>(x.size());
          target.softmax_line({spoilt_x.data(), y.data(), count, logarithm});
          for (const float found : y) EXPECT_TRUE(std::isnan(found)) << target.name;
          target.softmax_columns({spoilt_x.data(), y.data(), 1, count, 1, logarithm});
          for (const float found : y) EXPECT_TRUE(std::isnan(found)) << target.name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace ockham::cpu
