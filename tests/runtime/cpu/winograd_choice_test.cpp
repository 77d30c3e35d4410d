#include "runtime/cpu/winograd_choice.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace ockham::cpu {
namespace {

constexpr Image kDeep = {4, 4, 512};

TEST(WinogradChoice, ImagesOfABatchShareLargeWeights) {
  EXPECT_FALSE(winograd_wins(1, kDeep, kDeep));
  EXPECT_TRUE(winograd_wins(64, kDeep, kDeep));
}

TEST(WinogradChoice, TakesTilesOfMoreWeightsWhereMoreImagesShareThem) {
  EXPECT_EQ(winograd_tile(2, kDeep, kDeep), WinogradTile::k2x2);
  EXPECT_EQ(winograd_tile(64, kDeep, kDeep), WinogradTile::k4x4);
}

TEST(WinogradChoice, KnowsTheLargestBatch) {
  EXPECT_TRUE(winograd_wins(std::numeric_limits<std::int64_t>::max(), kDeep, kDeep));
}

TEST(WinogradChoice, LeavesFewChannelsToOthers) {
  EXPECT_FALSE(winograd_wins(64, {32, 32, 15}, {32, 32, 64}));
  EXPECT_FALSE(winograd_tile(64, {32, 32, 15}, {32, 32, 64}).has_value());
}

}  // namespace
}  // namespace ockham::cpu
