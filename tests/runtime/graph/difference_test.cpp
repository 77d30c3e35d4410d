#include "runtime/graph/difference.h"

#include <gtest/gtest.h>

namespace ockham {
namespace {

using Numbers = std::vector<double>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(RelativeDifference, IsRelativeToTheLargestElement) {
  EXPECT_DOUBLE_EQ(relative_difference(Numbers{1.0, 4.5}, Numbers{1.5, -5.0}), 9.5 / 5.0);
  EXPECT_EQ(relative_difference(Numbers{0.0}, Numbers{0.0}), 0.0);
  EXPECT_EQ(relative_difference(Numbers{1.0}, Numbers{0.0}), kInf);
}

TEST(RelativeDifference, ComparesFloatsWithDoubles) {
  EXPECT_DOUBLE_EQ(relative_difference(std::vector{0.5f}, Numbers{0.25}), 1.0);
}

TEST(RelativeDifference, WhatIsNotFiniteEqualsItselfOnly) {
  EXPECT_EQ(relative_difference(Numbers{kNan, kInf, -kInf, 2}, Numbers{kNan, kInf, -kInf, 2}), 0.0);
  for (const double found : {kNan, kInf, -kInf, 1.0}) {
    for (const double expected : {kNan, kInf, -kInf, 1.0}) {
      const bool same = found == expected || (std::isnan(found) && std::isnan(expected));
      EXPECT_EQ(relative_difference(Numbers{found, 3}, Numbers{expected, 3}), same ? 0.0 : kInf)
          << found << " for " << expected;
    }
  }
}

}  // namespace
}  // namespace ockham
