#include "bench/statistics.h"

#include <gmock/gmock.h>

#include <limits>

namespace ockham::bench {
namespace {

using testing::ElementsAre;

TEST(Percentile, IsLinearBetweenNeighbours) {
  const std::vector<double> sorted{1.0, 2.0, 3.0, 4.0, 10.0};  // ranks 0 to 4
  EXPECT_DOUBLE_EQ(percentile(sorted, 0.0), 1.0);
  EXPECT_DOUBLE_EQ(percentile(sorted, 50.0), 3.0);
  EXPECT_DOUBLE_EQ(percentile(sorted, 60.0), 3.4);  // rank 2.4
  EXPECT_DOUBLE_EQ(percentile(sorted, 90.0), 7.6);  // rank 3.6
  EXPECT_DOUBLE_EQ(percentile(sorted, 100.0), 10.0);
}

TEST(Percentile, OfOneSampleIsThatSample) {
  EXPECT_DOUBLE_EQ(percentile(std::vector<double>{7.0}, 99.0), 7.0);
}

TEST(Median, OfAnEvenNumberIsBetweenTheMiddleTwo) {
  EXPECT_DOUBLE_EQ(median({4.0, 1.0, 3.0, 2.0}), 2.5);
}

TEST(Summary, SortsForItself) {
  const LatencySummary summary = summarize({30.0, 10.0, 20.0});
  EXPECT_DOUBLE_EQ(summary.p50, 20.0);
  EXPECT_DOUBLE_EQ(summary.p90, 28.0);
  EXPECT_DOUBLE_EQ(summary.p99, 29.8);
  EXPECT_DOUBLE_EQ(summary.min, 10.0);
  EXPECT_DOUBLE_EQ(summary.mean, 20.0);
  EXPECT_EQ(summary.runs, 3u);
}

TEST(HistogramOf, CountsEachSampleOnce) {
  const std::vector<double> samples{0.0, 0.9, 1.0, 3.5, 4.0};
  EXPECT_THAT(histogram(samples, 0.0, 4.0, 4).counts, ElementsAre(2, 1, 0, 2));
}

TEST(HistogramOf, HoldsOutsidersInTheOuterBinsAndDropsNan) {
  const std::vector<double> samples{-5.0, 99.0, std::numeric_limits<double>::infinity(),
                                    std::numeric_limits<double>::quiet_NaN()};
  EXPECT_THAT(histogram(samples, 0.0, 2.0, 2).counts, ElementsAre(1, 2));
}

}  // namespace
}  // namespace ockham::bench
