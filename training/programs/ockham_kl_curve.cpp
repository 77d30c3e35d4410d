// ockham-kl-curve: the divergences of variational dropout and of ARD over log alpha, as CSV. Their
// difference is the tie between the two (arXiv 1811.00596): a bounded bonus for noisy weights.

#include <fmt/format.h>

#include <cmath>
#include <iostream>

#include "training/methods/divergences.h"

int main() {
  using namespace ockham::training;
  std::cout << "log_alpha,kl_vd_exact,kl_vd,kl_ard,kl_vd_minus_kl_ard\n";
  const auto options = torch::TensorOptions().dtype(torch::kFloat64);
  for (int i = -80; i <= 80; ++i) {
    const double log_alpha = 0.1 * i;
    const torch::Tensor x = torch::tensor(log_alpha, options);
    const double vd = sparse_vd_kl(x).item<double>();
    // KL_ARD depends on alpha alone; here for a mean of 1.
    const double ard = ard_kl(1.0 + x.exp(), x, 1.0, {}).item<double>();
    std::cout << fmt::format("{:.1f},{:.5f},{:.5f},{:.5f},{:.5f}\n", log_alpha,
                             exact_sparse_vd_kl(log_alpha), vd, ard, vd - ard);
  }
  return 0;
}
