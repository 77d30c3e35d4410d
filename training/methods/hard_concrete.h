// The hard concrete distribution: a binary concrete variable stretched to [-0.1, 1.1] and cut to
// [0, 1], so that exact zeros and ones have mass.
// Source: Louizos, Welling, Kingma, "Learning Sparse Neural Networks through L0 Regularization",
// arXiv 1712.01312.
#pragma once

#include <torch/torch.h>

namespace ockham::training {

class HardConcrete {
 public:
  static constexpr double kTemperature = 2.0 / 3.0;  ///< beta
  static constexpr double kLow = -0.1, kHigh = 1.1;  ///< gamma, zeta
  /// The gate of `typical` is exactly 0 at and below this log a: log(-gamma / zeta).
  static constexpr double kClosed = -2.3978952727983707;

  explicit HardConcrete(torch::Tensor log_a) : log_a_(std::move(log_a)) {}

  /// P(z != 0).
  torch::Tensor probability_open() const;
  /// z for uniform numbers u in (0, 1), broadcast against log a.
  torch::Tensor sample(const torch::Tensor& u) const;
  /// The gate used without noise: clamp(sigmoid(log a) (zeta - gamma) + gamma, 0, 1).
  torch::Tensor typical() const;
  /// Standard deviation of z, by the midpoint rule over u (400 points).
  torch::Tensor standard_deviation() const;

 private:
  torch::Tensor log_a_;
};

}  // namespace ockham::training
