#include "bench/report/page/charts.h"

#include <gmock/gmock.h>

namespace ockham::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(ChartAxis, MapsLinearlyAndHoldsWhatLiesOutside) {
  const Axis axis = Axis::linear(-10.0, 10.0);
  EXPECT_DOUBLE_EQ(axis.percent(0.0), 50.0);
  EXPECT_DOUBLE_EQ(axis.percent(-99.0), 0.0);
  EXPECT_DOUBLE_EQ(axis.percent(99.0), 100.0);
}

TEST(ChartAxis, MapsRatiosByTheirLogarithm) {
  EXPECT_DOUBLE_EQ(Axis::logarithmic(1.0, 100.0).percent(10.0), 50.0);
}

TEST(ChartAxis, TicksAreRound) {
  EXPECT_THAT(Axis::linear(0.0, 100.0).ticks(), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(Axis::linear(-3.0, 9.0).ticks(), ElementsAre(0, 5));
  EXPECT_THAT(Axis::logarithmic(0.9, 21.0).ticks(), ElementsAre(1, 2, 5, 10, 20));
  EXPECT_THAT(Axis::logarithmic(1.0, 1000.0).ticks(), ElementsAre(1, 10, 100, 1000));
}

TEST(BarChart, DrawsFromTheOriginToTheValue) {
  const std::string html = bar_chart({{"conv1", {{25.0, "network", "a quarter"}}, "because"}},
                                     Axis::linear(0.0, 100.0), 0.0, "share, %")
                               .html();
  EXPECT_THAT(html, HasSubstr("<rect class=\"network\" x=\"0.000%\" width=\"25.000%\""));
  EXPECT_THAT(html, HasSubstr("a quarter"));
  EXPECT_THAT(html, HasSubstr("because"));
  EXPECT_THAT(html, HasSubstr("share, %"));
}

TEST(BarChart, SlowerThanBeforeGoesToTheLeftOfOne) {
  const std::string html =
      bar_chart({{"conv1", {{0.1, "network", ""}}, ""}}, Axis::logarithmic(0.1, 10.0), 1.0, "times")
          .html();
  EXPECT_THAT(html, HasSubstr("x=\"0.000%\" width=\"50.000%\""));
}

TEST(HistogramChart, ColoursWhatLiesLeftOfTheSplit) {
  const Histogram counts{0.0, 4.0, {3, 0, 0, 1}};
  const std::string html =
      histogram_chart(counts, {{2.0, "cut at 2"}}, 2.0, "log SNR", "filters").html();
  EXPECT_THAT(html, HasSubstr("<rect class=\"removed\" x=\"0.000%\" width=\"25.000%\""));
  EXPECT_THAT(html, HasSubstr("<rect class=\"network\" x=\"75.000%\" width=\"25.000%\""));
  EXPECT_THAT(html, HasSubstr("cut at 2"));
  EXPECT_THAT(html, HasSubstr(">3</text>")) << "the axis of counts ends at the tallest";
}

TEST(HistogramChart, WithoutASplitNothingIsRemoved) {
  const Histogram counts{0.0, 2.0, {1, 1}};
  EXPECT_THAT(histogram_chart(counts, {}, std::nullopt, "us", "runs").html(),
              Not(HasSubstr("removed")));
}

TEST(IntervalChart, ShowsEachMeanWithItsDeviation) {
  const std::string html =
      interval_chart({{1.0, 0.5, false}, {0.0, 0.0, true}}, "mean", "filters").html();
  EXPECT_THAT(html, HasSubstr("class=\"network\""));
  EXPECT_THAT(html, HasSubstr("class=\"removed\""));
  EXPECT_THAT(html, HasSubstr(">1.5</text>")) << "the axis of values ends at the highest";
}

}  // namespace
}  // namespace ockham::bench
