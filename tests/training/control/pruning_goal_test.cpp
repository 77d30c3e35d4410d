// Runs that are told what to come to, and what keeps them from ruin.

#include <gmock/gmock.h>

#include "runtime/graph/cost.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/training/synthetic_data.h"
#include "tests/training/tiny_runs.h"
#include "training/report/outputs.h"

namespace ockham::training::test {
namespace {

using tests::expect_error;

class PruningGoal : public testing::Test {
 protected:
  void SetUp() override { write_bar_data(data_, 1200); }

  Settings settings(const std::string& out, const Goal& goal,
                    const std::string& method = "gate-ard") const {
    Settings settings = tiny_settings(data_, folder_.path() / out, method);
    settings.price = -1.0;
    settings.goal = goal;
    settings.schedule = {2, 6, 4};
    settings.batch = 32;
    return settings;
  }

  TrainingResult run(const Settings& settings) {
    return Trainer(settings,
                   {.notice = [this](const std::string& text) { notices_.push_back(text); }})
        .run();
  }

  tests::TemporaryFolder folder_;
  std::filesystem::path data_ = folder_.path() / "data";
  std::vector<std::string> notices_;
};

TEST_F(PruningGoal, ACostIsMetByEveryKindOfMethod) {
  for (const char* method : {"gate-ard", "two-sided-ard", "sbp"}) {
    const TrainingResult result = run(settings(method, {GoalKind::kMacs, 0.3}, method));
    EXPECT_LE(result.goal.cost_share, 0.3) << method;
    EXPECT_GT(result.goal.cost_share, 0.25) << method << ": no more than was asked for";
    EXPECT_TRUE(result.goal.reached) << method;
    EXPECT_LT(result.test_error, 20.0) << method;
  }
}

TEST_F(PruningGoal, ALossIsNotExceeded) {
  const TrainingResult result = run(settings("run", {GoalKind::kMaxLoss, 3.0}));
  EXPECT_TRUE(result.goal.reached);
  EXPECT_LE(result.goal.loss, 3.0);
  EXPECT_LT(result.goal.cost_share, 0.6);
}

TEST_F(PruningGoal, ResumedEqualsUnbrokenToTheBit) {
  const Goal goal{GoalKind::kMaxLoss, 3.0};
  const TrainingResult expected = run(settings("unbroken", goal));
  Settings broken = settings("broken", goal);
  EXPECT_THROW(Trainer(broken, killed_after(6)).run(), Killed);
  broken.resume = true;
  const TrainingResult found = run(broken);
  EXPECT_EQ(all_constants(found.pruned), all_constants(expected.pruned));
  EXPECT_EQ(found.goal.price, expected.goal.price);
  Settings other = settings("broken", {GoalKind::kMaxLoss, 2.0});
  other.resume = true;
  expect_error(Status::kInvalidArgument, {"goal", "--max-loss 2"}, [&] { Trainer(other, {}); });
}

TEST_F(PruningGoal, RefusesACostThatNoNetworkHas) {
  expect_error(Status::kInvalidArgument, {"--target-macs 1e-05", "one channel left"}, [&] {
    run(settings("run", {GoalKind::kMacs, 1e-5}));
  });
}

TEST_F(PruningGoal, NothingGoneIsNothingLost) {
  Settings hasty = settings("run", {GoalKind::kMaxLoss, 0.01});
  hasty.schedule = {2, 1, 1};
  const TrainingResult result = run(hasty);
  EXPECT_TRUE(result.goal.reached || result.goal.cost_share < 1.0)
      << "the dense network loses nothing";
  EXPECT_THAT(notices_, testing::Contains(testing::HasSubstr("too few to tell channels apart")));
}

TEST_F(PruningGoal, RefusesAGoalWithoutPruning) {
  Settings dense = settings("run", {GoalKind::kMaxLoss, 1.0});
  dense.dense_only = true;
  expect_error(Status::kInvalidArgument, {"--max-loss 1", "--dense-only"}, [&] { run(dense); });
}

TEST_F(PruningGoal, UndoesWhatAPriceRuins) {
  Settings absurd = settings("run", {});
  absurd.price = 1e4;
  const TrainingResult result = run(absurd);
  EXPECT_THAT(notices_, testing::Contains(testing::HasSubstr("ruined the network")));
  EXPECT_LT(result.goal.price, 1e4);
}

}  // namespace
}  // namespace ockham::training::test
