#include "training/control/goal.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/cases/expect_error.h"

namespace ockham::training::test {
namespace {

using tests::expect_error;

TEST(GoalTest, StatesTheShareOfTheCostThatMayBeLeft) {
  EXPECT_EQ((Goal{GoalKind::kMacs, 0.3}).cost_share(), 0.3);
  EXPECT_EQ((Goal{GoalKind::kSpeedup, 4.0}).cost_share(), 0.25);
  EXPECT_EQ((Goal{GoalKind::kMaxLoss, 0.5}).cost_share(), 0.0);
  EXPECT_FALSE(Goal{}.finds_price());
}

TEST(GoalTest, RefusesWhatMeansNothing) {
  const auto refuses = [](GoalKind kind, double value, const char* option) {
    expect_error(Status::kInvalidArgument, {option, "expected"}, [&] {
      check_goal({kind, value});
    });
  };
  refuses(GoalKind::kMaxLoss, 0.0, "--max-loss 0");
  refuses(GoalKind::kMaxLoss, -1.0, "--max-loss -1");
  refuses(GoalKind::kMacs, 1.0, "--target-macs 1");
  refuses(GoalKind::kMacs, 0.0, "--target-macs 0");
  refuses(GoalKind::kSpeedup, 1.0, "--target-speedup 1");
  refuses(GoalKind::kSpeedup, std::numeric_limits<double>::infinity(), "--target-speedup inf");
  refuses(GoalKind::kMacs, std::numeric_limits<double>::quiet_NaN(), "--target-macs nan");
  check_goal({GoalKind::kMaxLoss, 0.5});
  check_goal({});
}

TEST(GoalTest, SaysWhetherItWasReachedAndHowNearTheRunCame) {
  GoalOutcome outcome{
      .goal = {GoalKind::kMaxLoss, 0.5}, .price = 0.125, .loss = 0.62, .cost_share = 0.25};
  outcome.reached = is_reached(outcome);
  EXPECT_EQ(
      outcome_text(outcome),
      "--max-loss 0.5 could not be reached; the nearest is 25.0 % of the MACs at +0.62 points "
      "of validation error, at a price of 0.125");
  outcome.loss = 0.5;
  outcome.reached = is_reached(outcome);
  EXPECT_EQ(outcome_text(outcome),
            "--max-loss 0.5: 25.0 % of the MACs at +0.50 points of validation error, at a price of "
            "0.125");
  EXPECT_FALSE(is_reached({.goal = {GoalKind::kSpeedup, 4.0}, .cost_share = 0.26}));
  EXPECT_TRUE(is_reached({.goal = {GoalKind::kSpeedup, 4.0}, .cost_share = 0.25}));
  EXPECT_TRUE(is_reached({.goal = {}, .loss = 80.0}));
}

}  // namespace
}  // namespace ockham::training::test
