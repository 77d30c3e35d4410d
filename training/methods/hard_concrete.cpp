#include "training/methods/hard_concrete.h"

#include <cmath>

namespace ockham::training {

torch::Tensor HardConcrete::probability_open() const {
  return torch::sigmoid(log_a_ - kTemperature * std::log(-kLow / kHigh));
}

torch::Tensor HardConcrete::sample(const torch::Tensor& u) const {
  const torch::Tensor inside = u.clamp(1e-6, 1.0 - 1e-6);
  const torch::Tensor s =
      torch::sigmoid((inside.log() - torch::log1p(-inside) + log_a_) / kTemperature);
  return (s * (kHigh - kLow) + kLow).clamp(0.0, 1.0);
}

torch::Tensor HardConcrete::typical() const {
  return (torch::sigmoid(log_a_) * (kHigh - kLow) + kLow).clamp(0.0, 1.0);
}

torch::Tensor HardConcrete::standard_deviation() const {
  constexpr std::int64_t kPoints = 400;
  const torch::Tensor u =
      (torch::arange(kPoints, log_a_.options().requires_grad(false)) + 0.5) / kPoints;
  return sample(u.unsqueeze(1)).std(0, /*unbiased=*/false);
}

}  // namespace ockham::training
