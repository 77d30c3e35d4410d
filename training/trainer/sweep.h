// One network pruned at several prices.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "training/state/settings.h"
#include "training/trainer/trainer.h"

namespace ockham::training {

/// What one price led to.
struct SweepPoint {
  double price = 0.0;
  std::filesystem::path folder;
  std::string failure;  ///< why the network is of no use; empty: it is
  std::int64_t macs = 0;
  std::int64_t params = 0;
  double validation_error = 0.0, test_error = 0.0;
};

/// Trains the dense network (in DIR/dense, unless `settings.from` names one), then prunes it at
/// each price, in DIR/price-P; DIR is `settings.out`. What is there already is resumed.
/// `events_for` is asked for each run's events. Writes DIR/sweep.json.
std::vector<SweepPoint> run_sweep(
    const Settings& settings, const std::vector<double>& prices,
    const std::function<TrainerEvents(const std::string& run)>& events_for);

/// Where a sweep that writes to `out` prunes at this price.
std::filesystem::path price_folder(const std::filesystem::path& out, double price);

/// The table, for people.
std::string sweep_table(const std::vector<SweepPoint>& points);

}  // namespace ockham::training
