// The Kullback-Leibler divergences that the methods are made of, in nats, element by element, with
// gradients. Each is tested against quadrature.
#pragma once

#include <torch/torch.h>

#include "training/methods/hyperprior.h"

namespace ockham::training {

/// KL(N(mu_i, s_i) || N(0, t)) summed over the n variables that share t, at its optimum under
/// empirical Bayes, t* = S / n, S = sum(mu_i^2 + s_i):
///   KL = 1/2 [n log t* - sum log s_i].
/// With a Gamma(c, d) hyperprior on 1/t (MAP over 1/t: (k) / (S / 2 + d), k = n / 2 + c - 1):
///   F = k (1 - log(k / (S / 2 + d))) - 1/2 sum log s_i - n / 2,
/// the KL minus the log hyperprior, up to a constant; the same for c = 1, d = 0.
/// Source: Kharitonov, Molchanov, Vetrov, arXiv 1811.00596 (n = 1); the rest follows alike.
torch::Tensor ard_kl(const torch::Tensor& second_moments, const torch::Tensor& log_variances,
                     double count, const Hyperprior& hyperprior);

/// KL(N(mu, alpha mu^2) || log-uniform), up to the constant that makes it vanish for alpha -> inf:
///   k1 + 1/2 softplus(-log alpha) - k1 sigmoid(k2 + k3 log alpha),
/// k1 = 0.63576, k2 = 1.87320, k3 = 1.48695; within 0.009 nats of the exact one.
/// Source: Molchanov, Ashukha, Vetrov, "Variational Dropout Sparsifies Deep Neural Networks",
/// arXiv 1701.05369.
torch::Tensor sparse_vd_kl(const torch::Tensor& log_alpha);

/// The same exactly: E log|1 + sqrt(alpha) e| - 1/2 log alpha + (gamma + log 2) / 2 for e ~ N(0,
/// 1), by quadrature (error below 2e-4).
double exact_sparse_vd_kl(double log_alpha);

/// KL(N(mu, s) || N(0, 1)) = 1/2 (s + mu^2 - 1 - log s).
torch::Tensor standard_normal_kl(const torch::Tensor& mean, const torch::Tensor& log_variance);

/// KL(LogNormal(m, v) || Gamma(1/2, scale)); `log_variance` is log v.
/// Source: Louizos, Ullrich, Welling, "Bayesian Compression for Deep Learning", arXiv 1705.08665.
torch::Tensor gamma_half_kl(const torch::Tensor& mean, const torch::Tensor& log_variance,
                            double scale);
/// KL(LogNormal(m, v) || InverseGamma(1/2, 1)). Source: the same.
torch::Tensor inverse_gamma_half_kl(const torch::Tensor& mean, const torch::Tensor& log_variance);

}  // namespace ockham::training
