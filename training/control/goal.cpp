#include "training/control/goal.h"

#include <fmt/format.h>

#include <cmath>

#include "runtime/graph/error.h"

namespace ockham::training {
namespace {

const char* option_of(GoalKind kind) {
  switch (kind) {
    case GoalKind::kPrice:
      return "--price";
    case GoalKind::kMaxLoss:
      return "--max-loss";
    case GoalKind::kMacs:
      return "--target-macs";
    case GoalKind::kSpeedup:
      return "--target-speedup";
  }
  return "";
}

}  // namespace

double Goal::cost_share() const {
  if (kind == GoalKind::kMacs) return value;
  return kind == GoalKind::kSpeedup ? 1.0 / value : 0.0;
}

std::string goal_text(const Goal& goal) {
  const std::string option = option_of(goal.kind);
  return goal.finds_price() ? fmt::format("{} {:g}", option, goal.value) : option;
}

void check_goal(const Goal& goal) {
  const auto require = [&](bool holds, const char* expected) {
    if (!holds) {
      throw Error(Status::kInvalidArgument,
                  fmt::format("{}: expected {}", goal_text(goal), expected));
    }
  };
  if (!goal.finds_price()) return;
  require(std::isfinite(goal.value), "a number");
  if (goal.kind == GoalKind::kMaxLoss) require(goal.value > 0.0, "more than 0 points");
  if (goal.kind == GoalKind::kMacs) {
    require(goal.value > 0.0 && goal.value < 1.0, "a share between 0 and 1");
  }
  if (goal.kind == GoalKind::kSpeedup) require(goal.value > 1.0, "a factor above 1");
}

bool is_reached(const GoalOutcome& outcome) {
  const Goal& goal = outcome.goal;
  if (goal.kind == GoalKind::kMaxLoss) return outcome.loss <= goal.value;
  return !goal.finds_price() || outcome.cost_share <= goal.cost_share();
}

std::string outcome_text(const GoalOutcome& outcome) {
  const std::string came_to = fmt::format(
      "{:.1f} % of the MACs at {:+.2f} points of validation error, at a price of {:.3g}",
      100.0 * outcome.cost_share, outcome.loss, outcome.price);
  if (outcome.reached) return fmt::format("{}: {}", goal_text(outcome.goal), came_to);
  return fmt::format("{} could not be reached; the nearest is {}", goal_text(outcome.goal),
                     came_to);
}

}  // namespace ockham::training
