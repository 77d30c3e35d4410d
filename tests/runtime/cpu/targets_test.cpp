#include "runtime/cpu/vector/targets.h"

#include <gtest/gtest.h>

namespace ockham::cpu {
namespace {

TEST(VectorTargets, AreWidestFirst) {
  const auto targets = vector_targets();
  ASSERT_FALSE(targets.empty());
  for (std::size_t i = 1; i < targets.size(); ++i) {
    EXPECT_GE(targets[i - 1].lanes, targets[i].lanes);
  }
}

#if defined(__aarch64__)
TEST(VectorTargets, AreNeonOn64BitArm) {
  EXPECT_STREQ(vector_targets().front().name, "neon");
  EXPECT_EQ(&vector_target(64), &vector_targets().front());
}
#endif

TEST(VectorTargets, FewChannelsTakeVectorsThatTheyFill) {
  for (std::int64_t channels = 1; channels <= 64; ++channels) {
    const VectorTarget& chosen = vector_target(channels);
    for (const VectorTarget& other : vector_targets()) {
      if (other.lanes < 8 || other.lanes >= chosen.lanes) continue;
      EXPECT_GT(channels, other.lanes) << "of " << channels << " channels";
    }
  }
}

TEST(VectorTargets, NoneIsLongerThanWhatItMustFitInto) {
  const std::int64_t widest = vector_targets().front().lanes;
  EXPECT_EQ(vector_target_within(0), nullptr);
  for (std::int64_t elements = 1; elements <= 64; ++elements) {
    const VectorTarget* chosen = vector_target_within(elements);
    if (elements >= widest && widest > 1) {
      EXPECT_EQ(chosen, &vector_targets().front()) << elements << " elements";
    } else if (chosen != nullptr) {
      EXPECT_LE(chosen->lanes, elements);
      EXPECT_GE(chosen->lanes, 8);
    }
  }
}

}  // namespace
}  // namespace ockham::cpu
