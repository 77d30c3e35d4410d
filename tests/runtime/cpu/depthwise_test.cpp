#include "runtime/cpu/vector/depthwise.h"

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

/// Runs with all that they read, and what must come out.
struct Problem {
  std::int64_t rows, columns, channels, pixels, outputs;
  bool shares_rows = true;  ///< whether outputs lie as far apart as rows of taps
  std::int64_t x_row = channels * (pixels + columns - 1) + 2;
  std::int64_t x_output = shares_rows ? x_row : 2 * x_row + 1;
  std::vector<float> x = random_floats(x_output * outputs + x_row * rows, 1);
  std::vector<float> weight = random_floats(rows * columns * channels, 2);
  std::vector<float> bias = random_floats(channels, 3);

  std::int64_t length() const { return channels * pixels; }

  double expected(std::int64_t output, std::int64_t i) const {
    double sum = bias[at(i % channels)];
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) {
        sum += double{x[at(output * x_output + r * x_row + c * channels + i)]} *
               weight[at((r * columns + c) * channels + i % channels)];
      }
    }
    return sum;
  }

  /// [output, element], each output followed by one element that must stay as it was.
  std::vector<float> run(const VectorTarget& target, Bounds bounds = {}) const {
    const std::int64_t tap = depthwise_tap(channels, target.lanes);
    std::vector<float> weights, biases;
    for (std::int64_t t = 0; t < rows * columns; ++t) {
      for (std::int64_t i = 0; i < tap; ++i) {
        weights.push_back(weight[at(t * channels + i % channels)]);
      }
    }
    for (std::int64_t i = 0; i < tap; ++i) biases.push_back(bias[at(i % channels)]);
    // No element more than the last output's last tap reads.
    const std::vector<float> read(x.begin(), x.begin() + (outputs - 1) * x_output +
                                                 std::max<std::int64_t>(rows - 1, 0) * x_row +
                                                 (columns - 1) * channels + length());
    std::vector<float> y(at(outputs * (length() + 1)), kGuard);
    target.run_depthwise({.x = read.data(),
                          .x_output = x_output,
                          .x_row = x_row,
                          .x_column = channels,
                          .rows = rows,
                          .columns = columns,
                          .weights = weights.data(),
                          .w_row = columns * tap,
                          .bias = biases.data(),
                          .y = y.data(),
                          .y_output = length() + 1,
                          .outputs = outputs,
                          .length = length(),
                          .channels = channels,
                          .bounds = bounds});
    return y;
  }
};

void expect_right(const VectorTarget& target, const Problem& problem) {
  const std::vector<float> found = problem.run(target);
  for (std::int64_t o = 0; o < problem.outputs; ++o) {
    const float* of_output = &found[at(o * (problem.length() + 1))];
    for (std::int64_t i = 0; i < problem.length(); ++i) {
      ASSERT_NEAR(of_output[i], problem.expected(o, i), 1e-4)
          << target.name << ", output " << o << " of " << problem.outputs << ", element " << i
          << " of " << problem.length() << ", channels " << problem.channels << ", kernel "
          << problem.rows << "x" << problem.columns;
    }
    ASSERT_EQ(of_output[problem.length()], kGuard) << target.name << " wrote behind output " << o;
  }
}

// Runs shorter and longer than a vector, whose pixels end anywhere in it, for every number of
// outputs and the kernels that have loops of their own.
TEST(Depthwise, ComputesAnyNumberOfChannelsAndPixelsOnEachTarget) {
  for (const VectorTarget& target : vector_targets()) {
    for (std::int64_t channels = 1; channels <= 2 * target.lanes + 1; ++channels) {
      for (const std::int64_t pixels : {1, 2, 5}) {
        for (std::int64_t outputs = 1; outputs <= kMostDepthwiseOutputs; ++outputs) {
          const std::int64_t rows = 1 + (channels + outputs) % 5, columns = 1 + channels % 4;
          expect_right(target, {rows, columns, channels, pixels, outputs, outputs % 2 == 0});
          expect_right(target, {3, 3, channels, pixels, outputs});
        }
      }
    }
  }
}

TEST(Depthwise, WithoutTapsIsTheBias) {
  for (const VectorTarget& target : vector_targets()) {
    expect_right(target, {0, 1, 3, 7, 1});
    expect_right(target, {0, 1, 3, 1, 1});
  }
}

TEST(Depthwise, CutsToBoundsAndKeepsWhatIsNotANumber) {
  Problem problem{1, 1, 2, 20, 1};
  problem.weight = {1.0f, 1.0f};
  problem.bias = {0.0f, 0.0f};
  problem.x[0] = std::numeric_limits<float>::quiet_NaN();
  problem.x[1] = -std::numeric_limits<float>::infinity();
  problem.x[2] = 7.0f;
  problem.x[3] = 0.25f;
  for (const VectorTarget& target : vector_targets()) {
    const std::vector<float> found = problem.run(target, {0.0f, 6.0f});
    EXPECT_TRUE(std::isnan(found[0])) << target.name;
    EXPECT_EQ(found[1], 0.0f) << target.name;
    EXPECT_EQ(found[2], 6.0f) << target.name;
    EXPECT_EQ(found[3], 0.25f) << target.name;
  }
}

}  // namespace
}  // namespace ockham::cpu
