#include "training/surgery/cuts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "runtime/graph/cost.h"

namespace ockham::training {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The next number may be subnormal, which training takes for zero.
double just_above(double value) { return value + 1e-12 * std::max(1.0, std::abs(value)); }

}  // namespace

Relevances protect_best(Relevances relevances, double share) {
  for (auto& [group, values] : relevances) {
    std::vector<double> sorted = values;
    std::ranges::sort(sorted, std::greater());
    const auto count = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    if (count == 0) continue;
    const double least = std::max(0.0, sorted[std::min(count, sorted.size()) - 1]);
    for (double& value : values) {
      if (value >= least) value = kInfinity;
    }
  }
  return relevances;
}

Cuts::Cuts(Graph network, converters::Channels channels, Relevances relevances)
    : network_(std::move(network)),
      channels_(std::move(channels)),
      relevances_(std::move(relevances)) {
  for (const auto& [group, values] : relevances_) {
    for (const double value : values) {
      if (std::isfinite(value)) steps_.push_back(just_above(value));
    }
  }
  std::ranges::sort(steps_);
  steps_.erase(std::unique(steps_.begin(), steps_.end()), steps_.end());
}

Graph Cuts::network(double cut) const {
  KeptChannels keep;
  for (const auto& [group, values] : relevances_) keep[group] = channels_above(values, cut);
  return select_channels(network_, channels_, living_channels(network_, channels_, keep)).graph;
}

std::int64_t Cuts::macs(double cut) const { return cost(network(cut)).total.macs; }

double Cuts::lowest_leaving_at_most(double most) const {
  if (static_cast<double>(macs(-kInfinity)) <= most) return -kInfinity;
  const auto found = std::ranges::partition_point(
      steps_, [&](double cut) { return static_cast<double>(macs(cut)) > most; });
  return found == steps_.end() ? kInfinity : *found;
}

double Cuts::highest_leaving_at_least(double least, double most) const {
  if (static_cast<double>(macs(most)) >= least) return most;
  const auto end = std::ranges::upper_bound(steps_, most);
  const auto found = std::partition_point(
      steps_.begin(), end, [&](double cut) { return static_cast<double>(macs(cut)) >= least; });
  return found == steps_.begin() ? -kInfinity : *std::prev(found);
}

}  // namespace ockham::training
