#include "training/control/price_search.h"

#include <algorithm>
#include <cmath>

namespace ockham::training {
namespace {

/// Of the phase: until the KL has its whole weight the cost says little; when most of it is over
/// the cost should be where it shall be, so that what is left can be cut in peace.
constexpr double kPathStart = 0.25, kPathEnd = 0.75;
/// How far the logarithm of the price goes for one of the cost's, and in an epoch at most.
constexpr double kGain = 1.2, kMostCostStep = 0.9;
/// The first step towards a loss: a factor of two and a half; and the least one.
constexpr double kFirstLossStep = 0.9, kLeastLossStep = 0.1;
constexpr double kRetreat = 4.0;
/// How far the price goes from the first one: where it moves nothing, more of it moves nothing.
constexpr double kFarthest = 1e3;

}  // namespace

PriceSearch PriceSearch::from(const Goal& goal, double price) {
  return {.goal = goal, .first_price = price, .price = price, .step = kFirstLossStep};
}

double PriceSearch::path(double done) const {
  const double share = goal.cost_share();
  if (share <= 0.0) return 1.0;
  return std::pow(share, std::clamp((done - kPathStart) / (kPathEnd - kPathStart), 0.0, 1.0));
}

void PriceSearch::move(double logarithm) {
  price = std::clamp(price * std::exp(logarithm), first_price / kFarthest, first_price * kFarthest);
}

void PriceSearch::follow(const PriceEvidence& evidence) {
  retreats = 0;
  if (!goal.finds_price()) return;
  if (goal.kind != GoalKind::kMaxLoss) {
    const double forecast = 2.0 * std::log(evidence.cost_share) - std::log(last_share);
    // Before the path begins, only what would fall below its end is too low.
    const bool begins = evidence.done >= kPathStart;
    const double distance = begins ? forecast - std::log(path(2.0 * evidence.done - last_done))
                                   : std::min(0.0, forecast - std::log(goal.cost_share()));
    move(std::clamp(kGain * distance, -kMostCostStep, kMostCostStep));
    last_done = evidence.done;
    last_share = evidence.cost_share;
    return;
  }
  const double room = std::clamp((goal.value - evidence.loss) / goal.value, -1.0, 1.0);
  const int turn = room >= 0.0 ? 1 : -1;
  if (direction == -turn) step = std::max(step / 2.0, kLeastLossStep);
  direction = turn;
  move(step * room);
}

void PriceSearch::retreat() {
  ++retreats;
  price /= std::pow(kRetreat, retreats);
}

}  // namespace ockham::training
