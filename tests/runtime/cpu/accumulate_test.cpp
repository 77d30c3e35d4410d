#include "runtime/cpu/vector/accumulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "runtime/cpu/vector/targets.h"
#include "tests/cases/operator_cases.h"

namespace ockham::cpu {
namespace {

constexpr Accumulation kKinds[] = {Accumulation::kLargest,      Accumulation::kSmallest,
                                   Accumulation::kSum,          Accumulation::kSumOfMagnitudes,
                                   Accumulation::kSumOfSquares, Accumulation::kSumOfExponentials,
                                   Accumulation::kProduct};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

double accumulated(Accumulation kind, double result, float x, float base) {
  const double wide{x};
  switch (kind) {
    case Accumulation::kLargest:
      return std::max(result, wide);
    case Accumulation::kSmallest:
      return std::min(result, wide);
    case Accumulation::kSum:
      return result + wide;
    case Accumulation::kSumOfMagnitudes:
      return result + std::abs(wide);
    case Accumulation::kSumOfSquares:
      return result + wide * wide;
    case Accumulation::kSumOfExponentials:
      return result + std::exp(wide - double{base});
    case Accumulation::kProduct:
      return result * wide;
  }
  return 0.0;
}

TEST(Accumulate, TakesAnyNumberOfResultsOnEachTarget) {
  constexpr std::int64_t kRows = 5;
  for (const VectorTarget& target : vector_targets()) {
    for (std::int64_t count = 0; count <= 3 * target.lanes + 1; ++count) {
      const std::int64_t x_row = count + 2;
      const std::vector<float> x = random_floats(kRows * x_row - 2, 1);  // none behind the last
      const std::vector<float> bases = random_floats(count, 2);
      for (const Accumulation kind : kKinds) {
        constexpr double kBefore = 0.5, kGuard = 1234.0;
        std::vector<double> results(at(count), kBefore);
        results.push_back(kGuard);
        target.accumulate({kind, x.data(), x_row, kRows, results.data(), count, bases.data()});
        for (std::int64_t i = 0; i < count; ++i) {
          double expected = kBefore;
          for (std::int64_t row = 0; row < kRows; ++row) {
            expected = accumulated(kind, expected, x[at(row * x_row + i)], bases[at(i)]);
          }
          EXPECT_NEAR(results[at(i)], expected, 1e-5)
              << target.name << ", kind " << static_cast<int>(kind) << ", result " << i << " of "
              << count;
        }
        EXPECT_EQ(results.back(), kGuard) << target.name << " wrote behind " << count;
      }
    }
  }
}

TEST(Accumulate, KeepsDigitsThatFloatWouldLose) {
  constexpr std::int64_t kRows = 1000;
  const std::vector<float> x(at(kRows), 0.1f);
  for (const VectorTarget& target : vector_targets()) {
    double sum = 1e7;
    target.accumulate({Accumulation::kSum, x.data(), 1, kRows, &sum, 1});
    EXPECT_NEAR(sum, 1e7 + 1000 * double{0.1f}, 1e-6) << target.name;
  }
}

// Kernels of the graph multiply floats, whose product may overflow on the way.
TEST(Accumulate, RoundsProductsToFloatAtEachStep) {
  const float x[] = {1e30f, 1e30f, 1e-30f};
  for (const VectorTarget& target : vector_targets()) {
    double product = 1.0;
    target.accumulate({Accumulation::kProduct, x, 1, 3, &product, 1});
    EXPECT_EQ(product, std::numeric_limits<double>::infinity()) << target.name;
  }
}

TEST(Accumulate, IsNotANumberWhereAnyIsNot) {
  for (const VectorTarget& target : vector_targets()) {
    for (const Accumulation kind : kKinds) {
      for (std::size_t hidden = 0; hidden < 3; ++hidden) {
        float x[] = {1.0f, 2.0f, 3.0f};
        x[hidden] = std::numeric_limits<float>::quiet_NaN();
        double result = 1.0;
        target.accumulate({kind, x, 1, 3, &result, 1});
        EXPECT_TRUE(std::isnan(result))
            << target.name << ", kind " << static_cast<int>(kind) << ", row " << hidden;
      }
    }
  }
}

}  // namespace
}  // namespace ockham::cpu
