#include "training/surgery/cuts.h"

#include <gtest/gtest.h>

#include <limits>

#include "runtime/graph/cost.h"
#include "tests/training/small_networks.h"

namespace ockham::training::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The small network, whose filters have relevances 0, 1, 2, 3 and whose neurons have none below.
Cuts small_cuts() {
  const Graph graph = training_form(small_network());
  const converters::Channels channels = converters::channel_structure(graph);
  return {graph, channels, {{"conv", {2.0, 0.0, 3.0, 1.0}}, {"fc1", {9, 9, 9, 9, 9}}}};
}

TEST(CutsTest, LeavesWhatIsNotBelow) {
  const Cuts cuts = small_cuts();
  const Graph network = cuts.network(1.0);
  EXPECT_EQ(network.value(network.find_value("conv.weight")).shape[0], 3);
  EXPECT_EQ(cuts.macs(1.0), cost(network).total.macs);
  const Graph least = cuts.network(kInfinity);
  EXPECT_EQ(least.value(least.find_value("conv.weight")).shape[0], 1);
  EXPECT_EQ(least.value(least.find_value("fc1.weight")).shape[0], 1);
}

TEST(CutsTest, FindsTheCutForACost) {
  const Cuts cuts = small_cuts();
  for (const double share : {0.3, 0.5, 0.8}) {
    const double most = share * static_cast<double>(cuts.macs(-kInfinity));
    const double cut = cuts.lowest_leaving_at_most(most);
    EXPECT_LE(static_cast<double>(cuts.macs(cut)), most);
    EXPECT_GT(static_cast<double>(cuts.macs(cut - 1.0)), most) << "with a channel more";
  }
  EXPECT_EQ(cuts.lowest_leaving_at_most(1e9), -kInfinity);
  EXPECT_EQ(cuts.lowest_leaving_at_most(1.0), kInfinity) << "there is always some";
}

TEST(CutsTest, ProtectsTheBestOfWhatThePosteriorKeeps) {
  const Relevances some = protect_best({{"a", {3.0, -1.0, 2.0, 1.0}}, {"b", {-1.0, -2.0}}}, 0.5);
  EXPECT_EQ(some.at("a"), (std::vector<double>{kInfinity, -1.0, kInfinity, 1.0}));
  EXPECT_EQ(some.at("b"), (std::vector<double>{-1.0, -2.0}));
}

TEST(CutsTest, CutsNoFartherThanAllowed) {
  const Cuts cuts = small_cuts();
  const auto all = static_cast<double>(cuts.macs(-kInfinity));
  EXPECT_EQ(cuts.highest_leaving_at_least(0.01 * all, 1.5), 1.5);
  const double cut = cuts.highest_leaving_at_least(0.6 * all, 3.5);
  EXPECT_GE(static_cast<double>(cuts.macs(cut)), 0.6 * all);
  EXPECT_LT(static_cast<double>(cuts.macs(cut + 1.5)), 0.6 * all) << "with a channel less";
  EXPECT_EQ(cuts.highest_leaving_at_least(2.0 * all, 2.5), -kInfinity);
}

}  // namespace
}  // namespace ockham::training::test
