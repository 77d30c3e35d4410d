// Goal: what the user wants pruning to come to.
#pragma once

#include <string>

namespace ockham::training {

enum class GoalKind {
  kPrice,    ///< whatever the price leads to
  kMaxLoss,  ///< validation error at most so many points above the dense network's
  kMacs,     ///< at most this share of the dense network's MACs
  kSpeedup,  ///< MACs divided by at least this
};

struct Goal {
  GoalKind kind = GoalKind::kPrice;
  double value = 0.0;  ///< points, share or factor; unused for kPrice

  /// Whether the price is found while pruning.
  bool finds_price() const { return kind != GoalKind::kPrice; }
  /// The share of the dense network's cost that may be left, for a goal that states one; else 0.
  double cost_share() const;
  bool operator==(const Goal&) const = default;
};

/// As on the command line: "--max-loss 0.5"; "--price" for kPrice.
std::string goal_text(const Goal& goal);

/// Throws Error(kInvalidArgument) for a value that means nothing.
void check_goal(const Goal& goal);

/// What came of a goal.
struct GoalOutcome {
  Goal goal;
  double price = 0.0;       ///< at the end of pruning
  bool reached = true;      ///< by the network that the run leaves
  double loss = 0.0;        ///< points of validation error above the dense network
  double cost_share = 1.0;  ///< of the dense network's MACs
};

/// Whether loss and cost share are what the goal asks for.
bool is_reached(const GoalOutcome& outcome);

/// For people, a sentence without a full stop: what was found or, if the goal was not reached, how
/// near the run came.
std::string outcome_text(const GoalOutcome& outcome);

}  // namespace ockham::training
