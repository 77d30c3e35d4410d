#include "runtime/graph/bfloat16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace ockham {
namespace {

using Limits = std::numeric_limits<float>;

float rounded(float x) { return to_float(to_bfloat16(x)); }

TEST(Bfloat16, HasEightBitsOfAFraction) {
  for (const float x : {0.0f, -0.0f, 1.0f, -2.5f, 0x1.fep127f, 0x1p-126f, Limits::infinity()}) {
    EXPECT_EQ(rounded(x), x);
    EXPECT_EQ(std::signbit(rounded(x)), std::signbit(x));
  }
  EXPECT_EQ(to_bfloat16(1.0f).bits, 0x3f80);
}

TEST(Bfloat16, IsTheNearestAndOfTwoTheEvenOne) {
  EXPECT_EQ(rounded(0x1.00fffep0f), 0x1.00p0f);
  EXPECT_EQ(rounded(0x1.01p0f), 0x1.00p0f);  // half-way, to an even one below
  EXPECT_EQ(rounded(0x1.010002p0f), 0x1.02p0f);
  EXPECT_EQ(rounded(0x1.03p0f), 0x1.04p0f);  // half-way, to an even one above
  EXPECT_EQ(rounded(-0x1.03p0f), -0x1.04p0f);
  EXPECT_EQ(rounded(0x1.ffp0f), 2.0f);
  EXPECT_EQ(rounded(Limits::max()), Limits::infinity());
}

TEST(Bfloat16, KeepsWhatIsNotANumber) {
  EXPECT_TRUE(std::isnan(rounded(Limits::quiet_NaN())));
  // Bits that rounding would carry into infinity, or drop.
  for (const std::uint32_t bits : {0x7fff'ffffu, 0xffff'ffffu, 0x7f80'0001u}) {
    EXPECT_TRUE(std::isnan(rounded(std::bit_cast<float>(bits)))) << bits;
  }
}

}  // namespace
}  // namespace ockham
