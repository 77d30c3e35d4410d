#include "training/methods/truncated_log_normal.h"

#include <cmath>
#include <numbers>

namespace ockham::training {
namespace {

/// log(Phi(high) - Phi(low)) for low < high, in the tail where the difference is exact.
torch::Tensor log_normal_mass(const torch::Tensor& low, const torch::Tensor& high) {
  const torch::Tensor flip = (low + high) > 0;
  const torch::Tensor upper = torch::where(flip, -low, high);
  const torch::Tensor lower = torch::where(flip, -high, low);
  const torch::Tensor log_upper = torch::special_log_ndtr(upper);
  const torch::Tensor log_lower = torch::special_log_ndtr(lower);
  // log(e^a - e^b) = a + log(-expm1(b - a)); the difference is kept away from 0, where the
  // interval is so narrow that its mass is density times width.
  const torch::Tensor gap = (log_lower - log_upper).clamp_max(-1e-300);
  return log_upper + torch::log(-torch::expm1(gap));
}

torch::Tensor log_density(const torch::Tensor& z) {
  return -0.5 * z.square() - 0.5 * std::log(2.0 * std::numbers::pi);
}

}  // namespace

TruncatedLogNormal::TruncatedLogNormal(const torch::Tensor& mu, const torch::Tensor& log_sigma)
    : mu_(mu.to(torch::kFloat64)), log_sigma_(log_sigma.to(torch::kFloat64)) {
  sigma_ = log_sigma_.exp();
  low_ = (kLow - mu_) / sigma_;
  high_ = (kHigh - mu_) / sigma_;
  log_mass_ = log_normal_mass(low_, high_);
}

torch::Tensor TruncatedLogNormal::kl() const {
  const torch::Tensor edges =
      low_ * (log_density(low_) - log_mass_).exp() - high_ * (log_density(high_) - log_mass_).exp();
  const double constant =
      std::log(kHigh - kLow) - 0.5 * std::log(2.0 * std::numbers::pi * std::numbers::e);
  return constant - log_sigma_ - log_mass_ - 0.5 * edges;
}

torch::Tensor TruncatedLogNormal::log_moment(double k) const {
  const torch::Tensor shift = k * sigma_;
  return k * mu_ + 0.5 * shift.square() + log_normal_mass(low_ - shift, high_ - shift) - log_mass_;
}

torch::Tensor TruncatedLogNormal::mean() const { return log_moment(1.0).exp(); }

torch::Tensor TruncatedLogNormal::standard_deviation() const {
  return (log_moment(1.0) - log_snr()).exp();
}

torch::Tensor TruncatedLogNormal::log_snr() const {
  // log(Var / mean^2), kept above what float64 can tell from a variance of zero.
  const torch::Tensor excess = (log_moment(2.0) - 2.0 * log_moment(1.0)).clamp_min(1e-15);
  return -0.5 * torch::log(torch::expm1(excess));
}

torch::Tensor TruncatedLogNormal::sample(const torch::Tensor& u) const {
  // Phi(low) + u Z, reflected into the lower tail where most of the mass lies to the right.
  const torch::Tensor flip = (low_ + high_) > 0;
  const torch::Tensor left = torch::where(flip, -high_, low_);
  const torch::Tensor draw = torch::where(flip, 1.0 - u.to(torch::kFloat64), u.to(torch::kFloat64));
  const torch::Tensor probability =
      (torch::special_ndtr(left) + draw * log_mass_.exp()).clamp(1e-300, 1.0 - 1e-16);
  const torch::Tensor z = torch::special_ndtri(probability);
  const torch::Tensor x = mu_ + sigma_ * torch::where(flip, -z, z);
  return x.clamp(kLow, kHigh).exp();
}

}  // namespace ockham::training
