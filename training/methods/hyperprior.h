// The hyperprior: an option of the methods with a Gaussian ARD prior.
#pragma once

namespace ockham::training {

/// Gamma(shape, rate) on the precision 1/t of an ARD prior N(0, t).
struct Hyperprior {
  double shape = 1.0;  ///< 1: none (plain empirical Bayes); more: stronger shrinkage
  double rate = 0.0;   ///< keeps t away from 0

  bool operator==(const Hyperprior&) const = default;
};

}  // namespace ockham::training
