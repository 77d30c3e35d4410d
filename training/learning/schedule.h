// How learning rate and KL weight go over a phase. `done` is the share of the phase's steps done.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ockham::training {

/// Flat for 60 % of the phase, then linear to a tenth: pretraining and pruning.
inline double flat_then_linear(double rate, double done) {
  const double decayed = std::clamp((done - 0.6) / 0.4, 0.0, 1.0);
  return rate * (1.0 - 0.9 * decayed);
}

/// Cosine to zero: fine-tuning.
inline double cosine(double rate, double done) {
  return rate * 0.5 * (1.0 + std::cos(std::numbers::pi * done));
}

/// Linear from 0 to 1 over the first `ramp_epochs` epochs: the weight of the KL.
inline double kl_ramp(double epochs_done, double ramp_epochs) {
  return std::min(1.0, epochs_done / ramp_epochs);
}

}  // namespace ockham::training
