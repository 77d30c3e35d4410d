#include "runtime/cpu/vector/tiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "runtime/cpu/aligned_buffer.h"
#include "runtime/graph/bfloat16.h"
#include "tests/cases/operator_cases.h"

namespace ockham::cpu {
namespace {

constexpr float kGuard = 1234.0f;

/// Pixels with all that they read and write, and what must come out.
struct Problem {
  std::int64_t rows, taps, pixels, channels;
  std::int64_t width, column;  ///< of a line, and of the first pixel in it
  std::int64_t x_pixel = 3, x_row = 101, x_line = 29;
  std::vector<float> x, weight, bias;  ///< weight: [channel, row, tap]
  std::vector<float> residual;         ///< [pixel, channel and one more], or empty
  StoredType weight_type = StoredType::kFloat32;

  /// All in one line.
  Problem(std::int64_t rows_of_window, std::int64_t taps_of_row, std::int64_t pixel_count,
          std::int64_t channel_count)
      : Problem(rows_of_window, taps_of_row, pixel_count, channel_count, pixel_count, 0) {}

  Problem(std::int64_t rows_of_window, std::int64_t taps_of_row, std::int64_t pixel_count,
          std::int64_t channel_count, std::int64_t width_of_line, std::int64_t first_column)
      : rows(rows_of_window),
        taps(taps_of_row),
        pixels(pixel_count),
        channels(channel_count),
        width(width_of_line),
        column(first_column),
        x(random_floats(
            x_row * rows + x_line * ((column + pixels) / width) + x_pixel * width + taps, 1)),
        weight(random_floats(channels * rows * taps, 2)),
        bias(random_floats(channels, 3)) {}

  /// With weights in bfloat16.
  Problem rounded() const {
    Problem problem = *this;
    problem.weight_type = StoredType::kBfloat16;
    for (float& w : problem.weight) w = to_float(to_bfloat16(w));
    return problem;
  }

  /// Where a pixel's window begins.
  std::int64_t window(std::int64_t pixel) const {
    return (column + pixel) / width * x_line + (column + pixel) % width * x_pixel;
  }

  double expected(std::int64_t pixel, std::int64_t channel, bool relu) const {
    double sum = bias[static_cast<std::size_t>(channel)];
    if (!residual.empty()) {
      sum += residual[static_cast<std::size_t>(pixel * (channels + 1) + channel)];
    }
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t t = 0; t < taps; ++t) {
        sum += double{x[static_cast<std::size_t>(window(pixel) + r * x_row + t)]} *
               weight[static_cast<std::size_t>((channel * rows + r) * taps + t)];
      }
    }
    return relu && sum < 0.0 ? 0.0 : sum;
  }

  /// [pixel, channel], each pixel followed by one element that must stay as it was.
  std::vector<float> run(const VectorTarget& target, bool relu) const {
    const std::int64_t padded = weight_channels(target, channels), all_taps = rows * taps;
    const auto bytes = [](std::int64_t floats) {
      return static_cast<std::size_t>(floats) * sizeof(float);
    };
    const AlignedBuffer tiles(bytes(padded * all_taps)), biases(bytes(padded));
    for (std::int64_t c = 0; c < channels; ++c) {
      biases.floats()[c] = bias[static_cast<std::size_t>(c)];
      for (std::int64_t t = 0; t < all_taps; ++t) {
        const float w = weight[static_cast<std::size_t>(c * all_taps + t)];
        const auto at = tile_weight_index(target, channels, all_taps, c, t, weight_type);
        if (weight_type == StoredType::kBfloat16) {
          reinterpret_cast<Bfloat16*>(tiles.data())[at] = to_bfloat16(w);
        } else {
          tiles.floats()[at] = w;
        }
      }
    }
    std::vector<float> y(static_cast<std::size_t>(pixels * (channels + 1)), kGuard);
    target.run_tiles({.x = x.data() + window(0),
                      .x_pixel = x_pixel,
                      .x_line = x_line,
                      .width = width,
                      .column = column,
                      .x_row = x_row,
                      .rows = rows,
                      .taps = taps,
                      .weights = tiles.data(),
                      .bias = biases.floats(),
                      .y = y.data(),
                      .y_pixel = channels + 1,
                      .residual = residual.empty() ? nullptr : residual.data(),
                      .pixels = pixels,
                      .channels = channels,
                      .bounds = relu ? Bounds{.low = 0.0f} : Bounds{},
                      .weight_type = weight_type});
    return y;
  }
};

void expect_right(const VectorTarget& target, const Problem& problem, bool relu) {
  const std::vector<float> found = problem.run(target, relu);
  for (std::int64_t p = 0; p < problem.pixels; ++p) {
    const float* pixel = &found[static_cast<std::size_t>(p * (problem.channels + 1))];
    for (std::int64_t c = 0; c < problem.channels; ++c) {
      ASSERT_NEAR(pixel[c], problem.expected(p, c, relu), 1e-4)
          << target.name << ", pixel " << p << " of " << problem.pixels << ", channel " << c
          << " of " << problem.channels;
    }
    ASSERT_EQ(pixel[problem.channels], kGuard) << target.name << " wrote behind pixel " << p;
  }
}

// Every number of pixels that a tile can hold, and of channels in up to three tiles of the widest
// vectors, on every kind of vector that this machine has.
TEST(Tiles, ComputeAnyNumberOfPixelsAndChannelsOnEachTarget) {
  for (const VectorTarget& target : vector_targets()) {
    for (std::int64_t channels = 1; channels <= 3 * target.lanes + 1; ++channels) {
      for (std::int64_t pixels = 1; pixels <= 29; ++pixels) {
        const Problem problem(1 + channels % 3, 1 + pixels % 9, pixels, channels);
        expect_right(target, problem, channels % 2 == 0);
        expect_right(target, problem.rounded(), channels % 2 == 0);
      }
    }
  }
}

TEST(Tiles, GoOnInTheNextLine) {
  for (const VectorTarget& target : vector_targets()) {
    for (std::int64_t width = 1; width <= 8; ++width) {
      for (std::int64_t pixels = 1; pixels <= 25; ++pixels) {
        for (const std::int64_t vectors : {1, kTileVectors}) {
          const std::int64_t channels = vectors * target.lanes + 1;
          expect_right(target, Problem(2, 3, pixels, channels, width, pixels % width), false);
        }
      }
    }
  }
}

/// Too many of something for one block: pixels, taps of a row, rows that fit only in part, or some
/// of each.
std::vector<Problem> problems_of_several_blocks() {
  return {Problem(1, 64, 1700, 3, 7, 5), Problem(1, 1025, 2, 19), Problem(3, 1100, 13, 9, 5, 2),
          Problem(5, 300, 7, 17), Problem(2, 1030, 7, 33, 5, 2), Problem(2, 700, 130, 41, 10, 9),
          // 97 blocks of pixels, or 96 full ones and a pixel.
          Problem(1, 1024, 96 * 96 + 2, 2)};
}

TEST(Tiles, AddUpBlockByBlock) {
  for (const VectorTarget& target : vector_targets()) {
    for (const Problem& problem : problems_of_several_blocks()) {
      expect_right(target, problem, true);
      expect_right(target, problem, false);
      expect_right(target, problem.rounded(), true);
    }
  }
}

TEST(Tiles, AddAResidual) {
  std::vector<Problem> problems = problems_of_several_blocks();
  for (std::int64_t pixels = 1; pixels <= 13; ++pixels) problems.emplace_back(1, 9, pixels, 21);
  for (const VectorTarget& target : vector_targets()) {
    for (Problem& problem : problems) {
      problem.residual = random_floats(problem.pixels * (problem.channels + 1), 4);
      expect_right(target, problem, true);
    }
  }
}

// Threads divide a layer's pixels as it comes.
TEST(Tiles, PixelsDoNotDependOnHowManyRunTogether) {
  for (const VectorTarget& target : vector_targets()) {
    std::vector<Problem> problems = problems_of_several_blocks();
    for (const std::size_t i : {2, 3, 4}) problems.push_back(problems[i].rounded());
    for (const Problem& problem : problems) {
      const std::vector<float> all = problem.run(target, false);
      std::vector<std::int64_t> counts = {problem.pixels - 1};
      for (std::int64_t pixels = 2; pixels < problem.pixels; pixels *= 3) counts.push_back(pixels);
      for (const std::int64_t pixels : counts) {
        if (pixels < 2) continue;  // a pixel by itself is summed in an order of its own
        Problem part = problem;
        part.pixels = pixels;
        std::vector<float> first = all;
        first.resize(static_cast<std::size_t>(pixels * (problem.channels + 1)));
        EXPECT_EQ(part.run(target, false), first) << target.name << ", " << pixels << " pixels";
      }
    }
  }
}

TEST(Tiles, KeepWhatIsNotANumberThroughRelu) {
  for (const std::size_t channels : {1, 5}) {
    Problem problem(1, 2, 3, static_cast<std::int64_t>(channels));
    problem.x[4] = std::numeric_limits<float>::quiet_NaN();  // in the window of the second pixel
    for (const VectorTarget& target : vector_targets()) {
      const std::vector<float> found = problem.run(target, true);
      for (std::size_t c = 0; c < channels; ++c) {
        EXPECT_FALSE(std::isnan(found[c])) << target.name;
        EXPECT_TRUE(std::isnan(found[channels + 1 + c])) << target.name;
      }
    }
  }
}

TEST(Tiles, MinusInfinityBecomesZeroInRelu) {
  for (const std::int64_t channels : {1, 3}) {
    Problem problem(1, 1, 2, channels);
    problem.weight.assign(problem.weight.size(), 1.0f);
    problem.x[0] = -std::numeric_limits<float>::infinity();
    for (const VectorTarget& target : vector_targets()) {
      EXPECT_EQ(problem.run(target, true)[0], 0.0f) << target.name;
    }
  }
}

}  // namespace
}  // namespace ockham::cpu
