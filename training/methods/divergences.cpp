#include "training/methods/divergences.h"

#include <cmath>
#include <numbers>

namespace ockham::training {

torch::Tensor ard_kl(const torch::Tensor& second_moments, const torch::Tensor& log_variances,
                     double count, const Hyperprior& hyperprior) {
  const double k = 0.5 * count + hyperprior.shape - 1.0;
  const torch::Tensor half = 0.5 * second_moments + hyperprior.rate;
  return k * (1.0 - std::log(k) + half.log()) - 0.5 * log_variances - 0.5 * count;
}

torch::Tensor sparse_vd_kl(const torch::Tensor& log_alpha) {
  constexpr double k1 = 0.63576, k2 = 1.87320, k3 = 1.48695;
  return k1 + 0.5 * torch::softplus(-log_alpha) - k1 * torch::sigmoid(k2 + k3 * log_alpha);
}

double exact_sparse_vd_kl(double log_alpha) {
  constexpr double kReach = 12.0;
  constexpr int kPoints = 400001;  // odd: no point on the logarithm's pole at alpha = 1
  const double root = std::exp(0.5 * log_alpha);
  const double step = 2.0 * kReach / kPoints;
  double sum = 0.0;
  for (int i = 0; i < kPoints; ++i) {
    const double e = -kReach + (i + 0.5) * step;
    sum += std::exp(-0.5 * e * e) * std::log(std::abs(1.0 + root * e));
  }
  const double expectation = sum * step / std::sqrt(2.0 * std::numbers::pi);
  return expectation - 0.5 * log_alpha + 0.5 * (std::numbers::egamma + std::numbers::ln2);
}

torch::Tensor standard_normal_kl(const torch::Tensor& mean, const torch::Tensor& log_variance) {
  return 0.5 * (log_variance.exp() + mean.square() - 1.0 - log_variance);
}

torch::Tensor gamma_half_kl(const torch::Tensor& mean, const torch::Tensor& log_variance,
                            double scale) {
  const torch::Tensor expectation = (mean + 0.5 * log_variance.exp()).exp();
  return 0.5 * std::log(scale) + expectation / scale -
         0.5 * (mean + log_variance + 1.0 + std::numbers::ln2);
}

torch::Tensor inverse_gamma_half_kl(const torch::Tensor& mean, const torch::Tensor& log_variance) {
  return gamma_half_kl(-mean, log_variance, 1.0);
}

}  // namespace ockham::training
