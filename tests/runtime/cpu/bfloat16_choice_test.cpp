#include "runtime/cpu/bfloat16_choice.h"

#include <gtest/gtest.h>

namespace ockham::cpu {
namespace {

TEST(Bfloat16Choice, IsForLayersThatWaitForTheirWeights) {
  EXPECT_EQ(why_not_bfloat16(300 * 100, 1), nullptr);      // linear
  EXPECT_EQ(why_not_bfloat16(512 * 512 * 9, 4), nullptr);  // 2x2 pixels
  EXPECT_EQ(why_not_bfloat16(960 * 160, 49), nullptr);     // 7x7 pixels
  EXPECT_STREQ(why_not_bfloat16(71 * 33, 1), "its weights stay in the nearest cache");
  EXPECT_STREQ(why_not_bfloat16(256 * 128, 28 * 28), "its weights are read once for many pixels");
}

}  // namespace
}  // namespace ockham::cpu
