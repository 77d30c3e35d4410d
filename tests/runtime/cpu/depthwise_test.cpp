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

/// How far apart what outputs and pixels read lies.
struct Strides {
  std::int64_t output = 1;  ///< in rows of taps; 0: in no number of them
  std::int64_t pixel = 1;   ///< in pixels
};

/// Rows of outputs with all that they read, and what must come out.
struct Problem {
  std::int64_t rows, columns, channels, pixels, outputs;
  Strides strides = {};
  std::int64_t x_pixel = channels * strides.pixel;
  std::int64_t x_row = x_pixel * pixels + channels * columns + 2;
  std::int64_t x_output = strides.output == 0 ? 2 * x_row + 1 : strides.output * x_row;
  std::vector<float> x = random_floats(x_output * outputs + x_row * rows, 1);
  std::vector<float> weight = random_floats(rows * columns * channels, 2);
  std::vector<float> bias = random_floats(channels, 3);

  std::int64_t length() const { return channels * pixels; }

  double expected(std::int64_t output, std::int64_t i) const {
    const std::int64_t channel = i % channels;
    double sum = bias[at(channel)];
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) {
        const std::int64_t read = output * x_output + i / channels * x_pixel + r * x_row;
        sum += double{x[at(read + c * channels + channel)]} *
               weight[at((r * columns + c) * channels + channel)];
      }
    }
    return sum;
  }

  /// [output, element], each output followed by one element that must stay as it was.
  std::vector<float> run(const VectorTarget& target, Bounds bounds = {}) const {
    return run(target, 0, outputs, bounds);
  }

  /// The same of `count` outputs from `first` on, computed by themselves.
  std::vector<float> run(const VectorTarget& target, std::int64_t first, std::int64_t count,
                         Bounds bounds = {}) const {
    const std::int64_t tap = depthwise_tap(channels, target.lanes);
    std::vector<float> weights, biases;
    weights.reserve(at(rows * columns * tap + 1));  // without taps they are somewhere, too
    for (std::int64_t t = 0; t < rows * columns; ++t) {
      for (std::int64_t i = 0; i < tap; ++i) {
        weights.push_back(weight[at(t * channels + i % channels)]);
      }
    }
    for (std::int64_t i = 0; i < tap; ++i) biases.push_back(bias[at(i % channels)]);
    // No element more than the last output's last tap reads.
    const std::vector<float> read(x.begin() + first * x_output,
                                  x.begin() + (first + count - 1) * x_output +
                                      std::max<std::int64_t>(rows - 1, 0) * x_row +
                                      (pixels - 1) * x_pixel + columns * channels);
    std::vector<float> y(at(count * (length() + 1)), kGuard);
    target.run_depthwise({.x = read.data(),
                          .x_output = x_output,
                          .x_pixel = x_pixel,
                          .x_row = x_row,
                          .x_column = channels,
                          .rows = rows,
                          .columns = columns,
                          .weights = weights.data(),
                          .w_row = columns * tap,
                          .bias = biases.data(),
                          .y = y.data(),
                          .y_output = length() + 1,
                          .outputs = count,
                          .pixels = pixels,
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
          << problem.rows << "x" << problem.columns << ", strides " << problem.strides.output
          << " and " << problem.strides.pixel;
    }
    ASSERT_EQ(of_output[problem.length()], kGuard) << target.name << " wrote behind output " << o;
  }
}

// Runs shorter and longer than a vector, whose pixels end anywhere in it, for every number of
// outputs and the kernels and strides that have loops of their own.
TEST(Depthwise, ComputesAnyNumberOfChannelsAndPixelsOnEachTarget) {
  for (const VectorTarget& target : vector_targets()) {
    for (std::int64_t channels = 1; channels <= 2 * target.lanes + 1; ++channels) {
      for (const std::int64_t pixels : {1, 2, 5}) {
        for (std::int64_t outputs = 1; outputs <= kMostDepthwiseOutputs; ++outputs) {
          const std::int64_t rows = 1 + (channels + outputs) % 5, columns = 1 + channels % 4;
          const Strides strides = {outputs % 3, 1 + outputs % 2};
          expect_right(target, {rows, columns, channels, pixels, outputs, strides});
          expect_right(target, {3, 3, channels, pixels, outputs});
          expect_right(target, {3, 3, channels, pixels, outputs, {.output = 2, .pixel = 2}});
        }
      }
    }
  }
}

TEST(Depthwise, GivesAnOutputTheSameBitsWhateverIsComputedWithIt) {
  constexpr std::int64_t kMost = kMostDepthwiseOutputs;
  for (const VectorTarget& target : vector_targets()) {
    for (const std::int64_t rows : {2, 3, 5}) {
      for (const std::int64_t stride : {1, 2}) {
        const Problem problem{rows, 3, target.lanes + 3, 4, kMost, {stride, stride}};
        const std::vector<float> together = problem.run(target);
        std::vector<float> alone;
        for (std::int64_t o = 0; o < kMost; ++o) {
          const std::vector<float> output = problem.run(target, o, 1);
          alone.insert(alone.end(), output.begin(), output.end());
        }
        EXPECT_EQ(together, alone) << target.name << ", " << rows << " rows, stride " << stride;
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
