#include "runtime/cpu/vector/maximum.h"

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

TEST(Maximum, OfRowsTakesAnyNumberOfElementsOnEachTarget) {
  for (const VectorTarget& target : vector_targets()) {
    for (std::int64_t count = 1; count <= 3 * target.lanes + 1; ++count) {
      const std::int64_t rows = 1 + count % 4, x_row = count + 2;
      std::vector<float> x = random_floats(rows * x_row - 2, 1);  // none behind the last row
      std::vector<float> y(at(count + 1), kGuard);
      target.rows_maximum({x.data(), x_row, rows, y.data(), count});
      for (std::int64_t i = 0; i < count; ++i) {
        float most = x[at(i)];
        for (std::int64_t row = 1; row < rows; ++row) most = std::max(most, x[at(row * x_row + i)]);
        EXPECT_EQ(y[at(i)], most) << target.name << ", element " << i << " of " << count;
      }
      EXPECT_EQ(y[at(count)], kGuard) << target.name << " wrote behind " << count << " elements";
    }
  }
}

TEST(Maximum, OfColumnsTakesAnyNumberOfChannelsAndPixelsOnEachTarget) {
  for (const VectorTarget& target : vector_targets()) {
    for (std::int64_t channels = 1; channels <= 2 * target.lanes + 1; ++channels) {
      for (std::int64_t pixels = 1; pixels <= 5; ++pixels) {
        const std::int64_t columns = 1 + channels % 3, x_pixel = 2 * channels;
        const std::vector<float> x =
            random_floats(pixels * x_pixel + columns * channels + target.lanes, 1);
        std::vector<float> y(at(pixels * channels + 1), kGuard);
        target.columns_maximum({x.data(), x_pixel, columns, y.data(), pixels, channels});
        for (std::int64_t i = 0; i < pixels * channels; ++i) {
          const float* first = &x[at(i / channels * x_pixel + i % channels)];
          float most = *first;
          for (std::int64_t c = 1; c < columns; ++c) most = std::max(most, first[c * channels]);
          EXPECT_EQ(y[at(i)], most) << target.name << ", element " << i << ", " << channels
                                    << " channels, " << pixels << " pixels";
        }
        EXPECT_EQ(y[at(pixels * channels)], kGuard) << target.name << ", " << channels;
      }
    }
  }
}

TEST(Maximum, IsNotANumberWhereAnyIsNot) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const VectorTarget& target : vector_targets()) {
    for (std::size_t hidden = 0; hidden < 3; ++hidden) {
      std::vector<float> x(at(3 + target.lanes), -std::numeric_limits<float>::infinity());
      x[hidden] = nan;
      float y = 0.0f;
      target.rows_maximum({x.data(), 1, 3, &y, 1});
      EXPECT_TRUE(std::isnan(y)) << target.name << ", row " << hidden;
      target.columns_maximum({x.data(), 3, 3, &y, 1, 1});
      EXPECT_TRUE(std::isnan(y)) << target.name << ", column " << hidden;
    }
  }
}

}  // namespace
}  // namespace ockham::cpu
