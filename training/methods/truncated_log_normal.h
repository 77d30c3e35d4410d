// The log-normal distribution truncated on the log axis: theta = e^x, x ~ N(mu, sigma^2) cut to
// [-20, 0]. Everything is computed in float64 from log_ndtr, so that all statistics and their
// gradients are finite for mu in [-20, 0] and log sigma in [-9, 5].
// Source: Neklyudov, Molchanov, Ashukha, Vetrov, "Structured Bayesian Pruning via Log-Normal
// Multiplicative Noise", arXiv 1705.07283; the form that is stable everywhere is ours.
#pragma once

#include <torch/torch.h>

namespace ockham::training {

class TruncatedLogNormal {
 public:
  static constexpr double kLow = -20.0;
  static constexpr double kHigh = 0.0;

  /// Tensors of one shape; results have it too, in float64.
  TruncatedLogNormal(const torch::Tensor& mu, const torch::Tensor& log_sigma);

  /// KL to the log-uniform distribution on [e^-20, 1], in nats.
  torch::Tensor kl() const;
  /// E theta.
  torch::Tensor mean() const;
  /// Standard deviation of theta.
  torch::Tensor standard_deviation() const;
  /// Log of the signal-to-noise ratio E theta / standard deviation.
  torch::Tensor log_snr() const;
  /// theta for uniform numbers u in [0, 1], broadcast against the parameters' shape.
  torch::Tensor sample(const torch::Tensor& u) const;

 private:
  /// log E theta^k.
  torch::Tensor log_moment(double k) const;

  torch::Tensor mu_, sigma_, log_sigma_;
  torch::Tensor low_, high_;  ///< the bounds in units of sigma around mu
  torch::Tensor log_mass_;    ///< log of the normal mass between them
};

}  // namespace ockham::training
