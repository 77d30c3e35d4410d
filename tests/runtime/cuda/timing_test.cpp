// How often work is run to time it, by a device that takes as long as the test says.
#include "runtime/cuda/timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ockham::cuda {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Optional;

/// Work of some milliseconds, and what launching adds to each row.
struct FakeWork {
  float each;
  float launching = 0.0f;
  int runs = 0;
  std::vector<int> lengths;  ///< of rows that were made

  std::optional<float> time(float best = kNoTime) {
    return milliseconds_each(
        [this](int times) -> Row {
          lengths.push_back(times);
          return [this, times] {
            runs += times;
            return launching + each * static_cast<float>(times);
          };
        },
        best);
  }
};

TEST(Timing, OfShortWorkIsTheMeanOfLongRows) {
  FakeWork work{.each = 0.004f, .launching = 0.01f};
  EXPECT_THAT(work.time(), Optional(FloatNear(0.005f, 1e-6f)));
  EXPECT_THAT(work.lengths, ElementsAre(1, 10));
}

TEST(Timing, OfLongerWorkNeedsShorterRows) {
  FakeWork work{.each = 0.3f};
  EXPECT_THAT(work.time(), Optional(FloatNear(0.3f, 1e-6f)));
  EXPECT_THAT(work.lengths, ElementsAre(1, 3));
}

TEST(Timing, OfLongWorkRunsItAFewTimes) {
  FakeWork work{.each = 50.0f};
  EXPECT_THAT(work.time(), Optional(FloatNear(50.0f, 1e-3f)));
  EXPECT_LE(work.runs, 5);
}

TEST(Timing, LeavesWhatIsHopeless) {
  FakeWork work{.each = 2.5f};
  EXPECT_EQ(work.time(1.0f), std::nullopt);
  EXPECT_EQ(work.runs, 2);
}

TEST(Timing, OfWhatIsNotHopelessIsTold) {
  FakeWork work{.each = 1.5f};
  EXPECT_THAT(work.time(1.0f), Optional(FloatNear(1.5f, 1e-6f)));
}

TEST(Timing, DoesNotTakeLaunchingForSlowness) {
  FakeWork work{.each = 0.002f, .launching = 0.015f};
  EXPECT_TRUE(work.time(0.003f));
}

TEST(Timing, OfNothingIsNothing) {
  FakeWork work{.each = 0.0f};
  EXPECT_THAT(work.time(0.0f), Optional(0.0f));
}

}  // namespace
}  // namespace ockham::cuda
