// The search for a price, on networks that are one formula each.

#include "training/control/price_search.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ockham::training::test {
namespace {

/// A network whose posterior moves some of the way, each epoch, to where the price wants it, whose
/// cost never rises, and which loses the more the less is left.
struct FormulaNetwork {
  double steepness = 0.5;    ///< e-folds of cost for one of the price
  double right_price = 1.0;  ///< at which half the cost goes
  double share = 1.0;

  void train(double price, double weight) {
    const double wanted = 1.0 / (1.0 + std::pow(weight * price / right_price, steepness));
    share = std::min(share, share * std::pow(wanted / share, 0.6));
  }
  double loss() const { return 0.4 * std::pow(0.2 / share, 2.0); }  ///< 0.4 points at a fifth
};

/// Prunes for so many epochs, the KL's weight rising over the first 30 %.
PriceSearch search(FormulaNetwork& network, const Goal& goal, double first_price, int epochs) {
  PriceSearch search = PriceSearch::from(goal, first_price);
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const double done = static_cast<double>(epoch) / epochs;
    network.train(search.price, std::min(1.0, done / 0.3));
    search.follow({.done = done, .cost_share = network.share, .loss = network.loss()});
  }
  return search;
}

class PriceSearchTest : public testing::TestWithParam<double> {};

TEST_P(PriceSearchTest, LeadsTheCostToItsGoalFromAnyPrice) {
  for (const double right_price : {0.01, 1.0, 30.0}) {
    FormulaNetwork network{.steepness = GetParam(), .right_price = right_price};
    search(network, {GoalKind::kMacs, 0.3}, 1.0, 16);
    EXPECT_LT(network.share, 0.42) << right_price;
    if (right_price >= 1.0) {
      EXPECT_GT(network.share, 0.2) << right_price;
    }
  }
}

TEST_P(PriceSearchTest, LeadsTheLossToItsGoal) {
  FormulaNetwork network{.steepness = GetParam(), .right_price = 5.0};
  search(network, {GoalKind::kMaxLoss, 0.4}, 1.0, 16);
  EXPECT_GT(network.loss(), 0.2);
  EXPECT_LT(network.loss(), 0.8);
}

INSTANTIATE_TEST_SUITE_P(Steepness, PriceSearchTest, testing::Values(0.3, 0.6, 1.0),
                         [](const auto& tested) {
                           return "Tenths" + std::to_string(std::lround(10 * tested.param));
                         });

TEST(PriceSearchTest, StaysAtAPriceThatTheUserGave) {
  PriceSearch search = PriceSearch::from({}, 0.06);
  search.follow({.done = 0.5, .cost_share = 0.9, .loss = 50.0});
  EXPECT_EQ(search.price, 0.06);
}

TEST(PriceSearchTest, PathEndsAtTheGoalBeforeThePhaseDoes) {
  const PriceSearch search = PriceSearch::from({GoalKind::kSpeedup, 4.0}, 1.0);
  EXPECT_EQ(search.path(0.1), 1.0);
  EXPECT_NEAR(search.path(0.5), 0.5, 1e-12);
  EXPECT_EQ(search.path(0.8), 0.25);
}

TEST(PriceSearchTest, StepsTowardsALossHalveAtEachTurn) {
  PriceSearch search = PriceSearch::from({GoalKind::kMaxLoss, 1.0}, 1.0);
  search.follow({.done = 0.1, .loss = 0.0});
  const double up = search.price;
  EXPECT_GT(up, 2.0);
  search.follow({.done = 0.2, .loss = 9.0});
  EXPECT_NEAR(search.price, up / std::sqrt(up), 1e-9) << "half of it back";
}

TEST(PriceSearchTest, DoesNotRunAwayWhereThePriceMovesNothing) {
  PriceSearch search = PriceSearch::from({GoalKind::kMaxLoss, 1.0}, 0.5);
  for (int epoch = 0; epoch < 40; ++epoch) search.follow({.done = epoch / 40.0});
  EXPECT_EQ(search.price, 500.0);
}

TEST(PriceSearchTest, RetreatsFartherEachTimeInARow) {
  PriceSearch search = PriceSearch::from({GoalKind::kMaxLoss, 1.0}, 64.0);
  search.retreat();
  EXPECT_EQ(search.price, 16.0);
  search.retreat();
  EXPECT_EQ(search.price, 1.0);
  search.follow({.done = 0.5, .loss = 1.0});
  EXPECT_EQ(search.price, 1.0);
  search.retreat();
  EXPECT_EQ(search.price, 0.25) << "a sound epoch ends the row";
}

}  // namespace
}  // namespace ockham::training::test
