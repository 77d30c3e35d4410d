#include "runtime/cpu/vector/planar.h"

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

/// Rows of outputs with all that they read and write, and what must come out.
struct Problem {
  std::int64_t channels, window_rows, window_columns, filters, rows, columns;
  bool pools;
  Bounds bounds = {};
  std::int64_t x_row = columns + window_columns + 1;
  std::int64_t x_channel = (rows + window_rows) * x_row;
  std::vector<float> x = random_floats(channels * x_channel, 1);
  std::vector<float> weight = random_floats(filters * taps(), 2);  ///< in the graph's order
  std::vector<float> bias = random_floats(filters, 3);

  std::int64_t taps() const { return channels * window_rows * window_columns; }
  std::int64_t y_rows() const { return pools ? rows / 2 : rows; }
  std::int64_t y_columns() const { return pools ? columns / 2 : columns; }
  std::int64_t y_row() const { return y_columns() + 1; }
  std::int64_t y_filter() const { return y_rows() * y_row(); }

  double convolved(std::int64_t filter, std::int64_t i, std::int64_t j) const {
    double sum = bias[static_cast<std::size_t>(filter)];
    const float* w = &weight[static_cast<std::size_t>(filter * taps())];
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t row = 0; row < window_rows; ++row) {
        for (std::int64_t column = 0; column < window_columns; ++column) {
          sum +=
              double{x[static_cast<std::size_t>(c * x_channel + (i + row) * x_row + j + column)]} *
              *w++;
        }
      }
    }
    return sum;
  }

  double expected(std::int64_t filter, std::int64_t i, std::int64_t j) const {
    double most = convolved(filter, pools ? 2 * i : i, pools ? 2 * j : j);
    if (pools) {
      for (const auto& [di, dj] : {std::pair{0, 1}, {1, 0}, {1, 1}}) {
        most = std::max(most, convolved(filter, 2 * i + di, 2 * j + dj));
      }
    }
    return std::clamp(most, double{bounds.low}, double{bounds.high});
  }

  /// [filter, row, column], each row followed by one element that must stay as it was.
  std::vector<float> run(const VectorTarget& target) const {
    std::vector<float> packed(weight.size());
    for (std::int64_t f = 0; f < filters; ++f) {
      for (std::int64_t t = 0; t < taps(); ++t) {
        packed[static_cast<std::size_t>(planar_weight_index(filters, taps(), f, t))] =
            weight[static_cast<std::size_t>(f * taps() + t)];
      }
    }
    std::vector<float> y(static_cast<std::size_t>(filters * y_filter()), kGuard);
    target.run_planar({.x = x.data(),
                       .x_row = x_row,
                       .x_channel = x_channel,
                       .channels = channels,
                       .window_rows = window_rows,
                       .window_columns = window_columns,
                       .weights = packed.data(),
                       .bias = bias.data(),
                       .filters = filters,
                       .pools = pools,
                       .y = y.data(),
                       .y_row = y_row(),
                       .y_filter = y_filter(),
                       .rows = rows,
                       .columns = columns,
                       .bounds = bounds});
    return y;
  }

  /// What `run` gave for an output.
  float at(const std::vector<float>& y, std::int64_t filter, std::int64_t i, std::int64_t j) const {
    return y[static_cast<std::size_t>(filter * y_filter() + i * y_row() + j)];
  }
};

void expect_right(const VectorTarget& target, const Problem& problem) {
  const std::vector<float> found = problem.run(target);
  for (std::int64_t f = 0; f < problem.filters; ++f) {
    for (std::int64_t i = 0; i < problem.y_rows(); ++i) {
      for (std::int64_t j = 0; j < problem.y_columns(); ++j) {
        ASSERT_NEAR(problem.at(found, f, i, j), problem.expected(f, i, j), 1e-4)
            << target.name << ", filter " << f << " of " << problem.filters << ", row " << i
            << " of " << problem.y_rows() << ", column " << j << " of " << problem.y_columns();
      }
      ASSERT_EQ(problem.at(found, f, i, problem.y_columns()), kGuard)
          << target.name << " wrote behind row " << i << " of filter " << f;
    }
  }
}

/// Those that a pixel has neighbours in.
std::vector<VectorTarget> planar_targets() {
  std::vector<VectorTarget> targets;
  std::ranges::copy_if(vector_targets(), std::back_inserter(targets),
                       [](const VectorTarget& target) { return target.lanes > 1; });
  return targets;
}

// Every number of filters in up to three groups, of rows in up to two tiles and one more, and of
// columns in up to two vectors and one more, on every kind of vector that this machine has.
TEST(Planar, ComputesAnyNumberOfFiltersRowsAndColumnsOnEachTarget) {
  for (const VectorTarget& target : planar_targets()) {
    for (std::int64_t filters = 1; filters <= 2 * kMostPlanarFilters + 1; ++filters) {
      for (std::int64_t rows = 2; rows <= 9; ++rows) {
        for (std::int64_t more = 0; more <= target.lanes + 1; ++more) {
          Problem problem{.channels = 1 + filters % 3,
                          .window_rows = 1 + rows % 4,
                          .window_columns = 1 + more % 5,
                          .filters = filters,
                          .rows = rows,
                          .columns = target.lanes + more,
                          .pools = rows % 2 == 0 && more % 2 == 0};
          if (filters % 2 == 0) problem.bounds = {-0.5f, 0.75f};
          expect_right(target, problem);
        }
      }
    }
  }
}

TEST(Planar, KeepsWhatIsNotANumberThroughReluAndPool) {
  for (const VectorTarget& target : planar_targets()) {
    for (std::int64_t spoilt = 0; spoilt < 4; ++spoilt) {  // of each square
      Problem problem{.channels = 1,
                      .window_rows = 1,
                      .window_columns = 1,
                      .filters = 5,
                      .rows = 4,
                      .columns = 2 * target.lanes,
                      .pools = true,
                      .bounds = {.low = 0.0f}};
      const std::int64_t row = 2 + spoilt / 2, column = 4 + spoilt % 2;
      problem.x[static_cast<std::size_t>(row * problem.x_row + column)] =
          std::numeric_limits<float>::quiet_NaN();
      const std::vector<float> found = problem.run(target);
      for (std::int64_t f = 0; f < problem.filters; ++f) {
        for (std::int64_t i = 0; i < problem.y_rows(); ++i) {
          for (std::int64_t j = 0; j < problem.y_columns(); ++j) {
            EXPECT_EQ(std::isnan(problem.at(found, f, i, j)), i == 1 && j == 2)
                << target.name << ", element " << spoilt << " of the square";
          }
        }
      }
    }
  }
}

TEST(Planar, DividesFiltersIntoGroupsOfAboutEqualSize) {
  for (std::int64_t filters = 1; filters <= 40; ++filters) {
    std::int64_t least = kMostPlanarFilters, most = 0;
    for (std::int64_t group = 0; group < planar_groups(filters); ++group) {
      const std::int64_t size =
          first_planar_filter(filters, group + 1) - first_planar_filter(filters, group);
      least = std::min(least, size);
      most = std::max(most, size);
    }
    EXPECT_EQ(first_planar_filter(filters, planar_groups(filters)), filters);
    EXPECT_LE(most, kMostPlanarFilters);
    EXPECT_LE(most - least, 1);
  }
}

}  // namespace
}  // namespace ockham::cpu
