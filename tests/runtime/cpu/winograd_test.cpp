#include "runtime/cpu/vector/winograd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "runtime/cpu/vector/targets.h"
#include "tests/cases/operator_cases.h"

namespace ockham::cpu {
namespace {

constexpr WinogradTile kTiles[] = {WinogradTile::k2x2, WinogradTile::k4x4};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// One tile of a convolution of each channel by itself: products are not summed.
struct Problem {
  WinogradTile tile;
  std::int64_t channels;
  std::vector<float> pixels = random_floats(products_of(tile) * channels, 1);
  std::vector<float> taps = random_floats(9 * channels, 2);  ///< [channel, tap]
  std::vector<float> bias = random_floats(channels, 3);
  std::vector<float> residual = {};  ///< [row, column, channel], or empty

  double expected(int row, int column, std::int64_t channel) const {
    double sum = bias[at(channel)];
    for (int r = 0; r < 3; ++r) {
      for (int c = 0; c < 3; ++c) {
        const int tap = r * 3 + c;
        const int pixel = (row + r) * pixels_of(tile) + column + c;
        sum += double{pixels[at(pixel * channels + channel)]} * taps[at(channel * 9 + tap)];
      }
    }
    return sum;
  }

  /// [product, channel]: each channel has a filter of its own, and those that pad them are zero.
  std::vector<float> weights(const VectorTarget& target, std::int64_t filters) const {
    std::vector<float> taps_first(at(9 * filters)), factors(at(products_of(tile) * filters));
    for (std::int64_t channel = 0; channel < channels; ++channel) {
      for (std::int64_t tap = 0; tap < 9; ++tap) {
        taps_first[at(tap * filters + channel)] = taps[at(channel * 9 + tap)];
      }
    }
    target.winograd_filters({.tile = tile,
                             .taps = taps_first.data(),
                             .channels = 1,
                             .filters = filters,
                             .products = factors.data(),
                             .product_stride = filters});
    return factors;
  }

  struct Result {
    std::vector<float> outputs;  ///< [row, column, channel]
    bool finite;
  };

  Result run(const VectorTarget& target, Bounds bounds = {}) const {
    std::vector<float> products(at(products_of(tile) * channels));
    WinogradInput input{.tile = tile,
                        .channels = channels,
                        .products = products.data(),
                        .product_stride = channels};
    for (int i = 0; i < products_of(tile); ++i) input.pixels[i] = &pixels[at(i * channels)];
    target.winograd_input(input);
    const std::int64_t filters = padded_channels(target, channels);
    const std::vector<float> factors = weights(target, filters);
    for (std::int64_t channel = 0; channel < channels; ++channel) {
      for (int k = 0; k < products_of(tile); ++k) {
        products[at(k * channels + channel)] *= factors[at(k * filters + channel)];
      }
    }
    const int count = outputs_of(tile) * outputs_of(tile);
    Result result{.outputs = std::vector<float>(at(count * channels)), .finite = false};
    WinogradOutput output{.tile = tile,
                          .products = products.data(),
                          .product_stride = channels,
                          .bias = bias.data(),
                          .channels = channels,
                          .bounds = bounds,
                          .adds_residual = !residual.empty()};
    for (int i = 0; i < count; ++i) {
      output.pixels[i] = &result.outputs[at(i * channels)];
      if (output.adds_residual) output.residual[i] = &residual[at(i * channels)];
    }
    result.finite = target.winograd_output(output);
    return result;
  }
};

TEST(Winograd, IsAConvolutionOnEachTarget) {
  for (const VectorTarget& target : vector_targets()) {
    for (const WinogradTile tile : kTiles) {
      for (std::int64_t channels = target.lanes; channels <= 2 * target.lanes + 1; ++channels) {
        const Problem problem{tile, channels};
        const Problem::Result found = problem.run(target);
        EXPECT_TRUE(found.finite);
        for (int i = 0; i < outputs_of(tile) * outputs_of(tile); ++i) {
          const int row = i / outputs_of(tile), column = i % outputs_of(tile);
          for (std::int64_t channel = 0; channel < channels; ++channel) {
            ASSERT_NEAR(found.outputs[at(i * channels + channel)],
                        problem.expected(row, column, channel), 4e-6)
                << target.name << ", tile of " << outputs_of(tile) << ", output " << row << ", "
                << column << ", channel " << channel << " of " << channels;
          }
        }
      }
    }
  }
}

TEST(Winograd, SaysWhatOnePixelThatIsNotFiniteMayHaveSpoilt) {
  for (const VectorTarget& target : vector_targets()) {
    for (const WinogradTile tile : kTiles) {
      for (const float spoilt :
           {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        for (int pixel = 0; pixel < products_of(tile); ++pixel) {
          Problem problem{tile, target.lanes + 1};
          problem.pixels[at(pixel * problem.channels + pixel % problem.channels)] = spoilt;
          EXPECT_FALSE(problem.run(target, {0.0f, 6.0f}).finite)
              << target.name << ", tile of " << outputs_of(tile) << ", pixel " << pixel;
        }
      }
    }
  }
}

TEST(Winograd, FlushesSubnormalWeights) {
  for (const VectorTarget& target : vector_targets()) {
    for (const WinogradTile tile : kTiles) {
      Problem problem{tile, target.lanes};
      std::ranges::fill(problem.taps, 4.0f * std::numeric_limits<float>::min());
      problem.taps[0] = std::numeric_limits<float>::min();  // its parts are less than that
      for (const float weight : problem.weights(target, target.lanes)) {
        EXPECT_NE(std::fpclassify(weight), FP_SUBNORMAL) << target.name;
      }
    }
  }
}

TEST(Winograd, AddsAResidualBeforeItCuts) {
  for (const VectorTarget& target : vector_targets()) {
    for (const WinogradTile tile : kTiles) {
      Problem problem{tile, target.lanes + 1};
      const std::vector<float> alone = problem.run(target).outputs;
      problem.residual = random_floats(static_cast<std::int64_t>(alone.size()), 4);
      const std::vector<float> sums = problem.run(target, {-0.25f, 0.5f}).outputs;
      for (std::size_t i = 0; i < sums.size(); ++i) {
        EXPECT_EQ(sums[i], std::clamp(alone[i] + problem.residual[i], -0.25f, 0.5f)) << target.name;
      }
    }
  }
}

TEST(Winograd, CutsToBounds) {
  for (const VectorTarget& target : vector_targets()) {
    for (const WinogradTile tile : kTiles) {
      const Problem problem{tile, target.lanes};
      const std::vector<float> free = problem.run(target).outputs;
      const std::vector<float> cut = problem.run(target, {-0.25f, 0.5f}).outputs;
      for (std::size_t i = 0; i < free.size(); ++i) {
        EXPECT_EQ(cut[i], std::clamp(free[i], -0.25f, 0.5f)) << target.name;
      }
    }
  }
}

}  // namespace
}  // namespace ockham::cpu
