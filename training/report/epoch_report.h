// What one epoch came to: a line of metrics.jsonl.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "training/state/run_state.h"

namespace ockham::training {

/// Errors are shares in percent.
struct EpochReport {
  Phase phase = Phase::kPretrain;
  int epoch = 0;  ///< of the phase, from 1
  int epochs = 0;
  double loss = 0.0;   ///< mean over the training images, KL included
  double kl = 0.0;     ///< weighted KL, nats, mean over the images; 0 outside pruning
  double price = 0.0;  ///< that the next epoch is charged; 0 outside pruning
  double validation_error = 0.0;
  /// What the search for a price went by: the share of MACs that a cut at this time would leave,
  /// and the points that it would lose. 0 where no price is searched for.
  double macs_share_if_cut = 0.0, loss_if_cut = 0.0;
  std::int64_t macs = 0;
  std::int64_t params = 0;
  std::vector<std::int64_t> widths;  ///< of every removable group
  double seconds = 0.0;

  std::string json() const;
};

}  // namespace ockham::training
