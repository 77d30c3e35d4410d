// Integrals by the midpoint rule, for checking divergences and moments.
#pragma once

#include <cmath>
#include <numbers>

namespace ockham::training::test {

/// Integral of f from low to high.
template <class F>
double integral(double low, double high, F f, int points = 40000) {
  const double step = (high - low) / points;
  double sum = 0.0;
  for (int i = 0; i < points; ++i) sum += f(low + (i + 0.5) * step) * step;
  return sum;
}

inline double log_normal_density(double x, double mean, double variance) {
  return -0.5 * std::log(2.0 * std::numbers::pi * variance) -
         (x - mean) * (x - mean) / (2.0 * variance);
}

/// E f(x) for x ~ N(mean, variance), over 12 standard deviations to each side.
template <class F>
double expectation(double mean, double variance, F f) {
  const double reach = 12.0 * std::sqrt(variance);
  return integral(mean - reach, mean + reach,
                  [&](double x) { return std::exp(log_normal_density(x, mean, variance)) * f(x); });
}

/// KL(N(mean, variance) || N(0, prior)).
inline double normal_kl(double mean, double variance, double prior) {
  return expectation(mean, variance, [&](double x) {
    return log_normal_density(x, mean, variance) - log_normal_density(x, 0.0, prior);
  });
}

}  // namespace ockham::training::test
