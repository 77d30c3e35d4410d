// PriceSearch: finds the price that leads to a goal, while pruning goes on.
#pragma once

#include "training/control/goal.h"

namespace ockham::training {

/// What is known after an epoch of pruning.
struct PriceEvidence {
  double done = 0.0;        ///< share of the phase that is over
  double cost_share = 0.0;  ///< of the dense network's MACs, if it were cut now
  double loss = 0.0;        ///< points of validation error that the network would lose, fine-tuned
                            ///< briefly; only for GoalKind::kMaxLoss
};

/// Dual ascent on the logarithm of the price. Where a cost is the goal, its share is led there
/// along a geometric path: the price follows the distance at which the share will be from the path
/// an epoch from now, if it goes on as it did in the last. Where a loss is, the price rises while
/// the loss is below, falls while it is above, by steps that halve whenever it turns. Plain data:
/// part of a run's state.
struct PriceSearch {
  Goal goal;
  double first_price = 0.0;  ///< where the search began, and how far it goes
  double price = 0.0;
  double step = 0.0;  ///< of the logarithm, at most, where a loss is the goal
  int direction = 0;  ///< of the last step: 1 up, -1 down, 0 none yet
  int retreats = 0;   ///< in a row
  double last_done = 0.0, last_share = 1.0;  ///< what the last evidence said

  /// Searches from `price` on; with GoalKind::kPrice it stays.
  static PriceSearch from(const Goal& goal, double price);

  /// Moves the price on.
  void follow(const PriceEvidence& evidence);
  /// After an epoch that ruined the network and was undone: a lower price, and much lower each
  /// further time in a row.
  void retreat();

  /// Whether the last evidence was of a loss above the goal: then nothing should be removed.
  bool loses_too_much() const { return direction < 0; }

  /// By so much of the logarithm, within reach.
  void move(double logarithm);

  /// The share of the cost that the goal wants left when a share `done` of the phase is over.
  double path(double done) const;
};

}  // namespace ockham::training
