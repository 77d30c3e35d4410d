// The divergences against quadrature, the distributions against theirs and against their samplers.

#include "training/methods/divergences.h"

#include <gtest/gtest.h>

#include "tests/training/quadrature.h"
#include "tests/training/small_networks.h"
#include "training/methods/hard_concrete.h"
#include "training/methods/truncated_log_normal.h"

namespace ockham::training::test {
namespace {

torch::Tensor number(double x) { return torch::tensor(x, doubles()); }

TEST(Divergences, ArdAtTheBestPriorVariance) {
  const std::vector<std::pair<double, double>> normals = {{0.7, 0.1}, {-1.3, 0.4}, {0.0, 2.0}};
  double moments = 0.0, log_variances = 0.0;
  for (const auto& [mean, variance] : normals) {
    moments += mean * mean + variance;
    log_variances += std::log(variance);
  }
  const auto kl = [&](double prior) {
    double sum = 0.0;
    for (const auto& [mean, variance] : normals) sum += normal_kl(mean, variance, prior);
    return sum;
  };
  const double found = ard_kl(number(moments), number(log_variances), 3.0, {}).item<double>();
  EXPECT_NEAR(found, kl(moments / 3.0), 1e-6);
  for (const double factor : {0.5, 0.9, 1.1, 2.0}) EXPECT_LT(found, kl(factor * moments / 3.0));
}

TEST(Divergences, HyperpriorIsTheBestOfKlMinusLogGamma) {
  const Hyperprior hyperprior{.shape = 2.5, .rate = 0.3};
  const double mean = 0.8, variance = 0.2, moments = mean * mean + variance;
  // KL - log Gamma(lambda; c, d) as a function of the precision, without what does not depend on
  // it.
  const auto objective = [&](double lambda) {
    return normal_kl(mean, variance, 1.0 / lambda) -
           ((hyperprior.shape - 1.0) * std::log(lambda) - hyperprior.rate * lambda);
  };
  double best = 1e300;
  for (double lambda = 0.05; lambda < 20.0; lambda *= 1.002) {
    best = std::min(best, objective(lambda));
  }
  const double found =
      ard_kl(number(moments), number(std::log(variance)), 1.0, hyperprior).item<double>();
  EXPECT_NEAR(found, best, 1e-4);
}

struct Tabulated {
  double log_alpha, exact, approximate, ard;
};

TEST(Divergences, SparseVdAndArdHaveTheTabulatedValues) {
  for (const Tabulated& row : {Tabulated{-8.0, 4.6350, 4.6359, 4.0002},
                               {-4.0, 2.6258, 2.6342, 2.0091},
                               {-2.0, 1.5442, 1.5405, 1.0635},
                               {0.0, 0.4267, 0.4312, 0.3466},
                               {2.0, 0.0662, 0.0684, 0.0635},
                               {3.0, 0.0247, 0.0254, 0.0243}}) {
    const torch::Tensor log_alpha = number(row.log_alpha);
    const double alpha = std::exp(row.log_alpha);
    EXPECT_NEAR(sparse_vd_kl(log_alpha).item<double>(), row.approximate, 1e-4);
    EXPECT_NEAR(exact_sparse_vd_kl(row.log_alpha), row.exact, 2e-4);
    EXPECT_NEAR(ard_kl(number(1.0 + alpha), log_alpha, 1.0, {}).item<double>(), row.ard, 1e-4);
    EXPECT_LT(std::abs(row.exact - row.approximate), 0.009);
  }
}

TEST(Divergences, StandardNormal) {
  for (const auto& [mean, variance] : {std::pair{0.0, 1.0}, {1.5, 0.2}, {-0.3, 3.0}}) {
    EXPECT_NEAR(standard_normal_kl(number(mean), number(std::log(variance))).item<double>(),
                normal_kl(mean, variance, 1.0), 1e-6);
  }
}

/// KL(LogNormal(m, v) || p), log p given as a function of x = log z (with the Jacobian's x).
template <class F>
double log_normal_kl(double m, double v, F log_prior) {
  return expectation(m, v,
                     [&](double x) { return log_normal_density(x, m, v) - x - log_prior(x); });
}

TEST(Divergences, LogNormalToGammaAndInverseGamma) {
  const double log_gamma_half = 0.5 * std::log(std::numbers::pi);
  for (const auto& [m, v] : {std::pair{0.0, 0.5}, {-1.5, 0.1}, {0.8, 1.2}}) {
    for (const double scale : {1.0, 0.01}) {
      const double gamma = log_normal_kl(m, v, [&](double x) {
        return -log_gamma_half - 0.5 * std::log(scale) - 0.5 * x - std::exp(x) / scale;
      });
      EXPECT_NEAR(gamma_half_kl(number(m), number(std::log(v)), scale).item<double>() / gamma, 1.0,
                  1e-6);
    }
    const double inverse =
        log_normal_kl(m, v, [&](double x) { return -log_gamma_half - 1.5 * x - std::exp(-x); });
    EXPECT_NEAR(inverse_gamma_half_kl(number(m), number(std::log(v))).item<double>(), inverse,
                1e-6);
  }
}

struct LogNormalCase {
  double mu, sigma, kl, mean, snr;
};

TEST(TruncatedLogNormal, KlMeanAndSnrHaveTheTabulatedValues) {
  for (const LogNormalCase& c : {LogNormalCase{0.0, std::exp(-5.0), 7.26994, 0.994647, 246.70},
                                 {-0.5, 0.3, 2.91679, 0.609079, 3.82262},
                                 {-2.0, 1.0, 1.65505, 0.192100, 1.06820},
                                 {-10.0, 4.0, 0.247368, 0.00915507, 0.165889},
                                 {0.0, 3.0, 1.17133, 0.243028, 0.915322},
                                 {-6.0, 2.0, 0.891654, 0.0154306, 0.298531}}) {
    const TruncatedLogNormal q(number(c.mu), number(std::log(c.sigma)));
    EXPECT_NEAR(q.kl().item<double>() / c.kl, 1.0, 1e-5);
    EXPECT_NEAR(q.mean().item<double>() / c.mean, 1.0, 1e-5);
    EXPECT_NEAR(q.log_snr().exp().item<double>() / c.snr, 1.0, 1e-4);
    EXPECT_NEAR(q.standard_deviation().item<double>() * c.snr / c.mean, 1.0, 1e-4);
  }
}

TEST(TruncatedLogNormal, KlIsThatOfQuadrature) {
  for (const auto& [mu, sigma] : {std::pair{-0.5, 0.3}, {-12.0, 3.0}, {-20.0, 1.0}}) {
    const auto density = [&](double x) {
      return std::exp(log_normal_density(x, mu, sigma * sigma));
    };
    const double mass = integral(-20.0, 0.0, density);
    const double expected = integral(-20.0, 0.0, [&](double x) {
      const double q = density(x) / mass;
      return q == 0.0 ? 0.0 : q * (std::log(q) + std::log(20.0));
    });
    const TruncatedLogNormal q(number(mu), number(std::log(sigma)));
    EXPECT_NEAR(q.kl().item<double>(), expected, 1e-6);
  }
}

TEST(TruncatedLogNormal, EverythingIsFiniteInTheWholeRange) {
  const torch::Tensor mu = torch::linspace(-20.0, 0.0, 81, doubles()).repeat({57});
  const torch::Tensor log_sigma = torch::linspace(-9.0, 5.0, 57, doubles()).repeat_interleave(81);
  for (const int what : {0, 1, 2, 3}) {
    torch::Tensor m = mu.clone().requires_grad_(true);
    torch::Tensor s = log_sigma.clone().requires_grad_(true);
    const TruncatedLogNormal q(m, s);
    const torch::Tensor statistic = what == 0   ? q.kl()
                                    : what == 1 ? q.mean()
                                    : what == 2 ? q.log_snr()
                                                : q.sample(torch::full_like(mu, 0.3));
    EXPECT_TRUE(torch::isfinite(statistic).all().item<bool>()) << what;
    statistic.sum().backward();
    EXPECT_TRUE(torch::isfinite(m.grad()).all().item<bool>()) << what;
    EXPECT_TRUE(torch::isfinite(s.grad()).all().item<bool>()) << what;
    if (what == 0) {
      EXPECT_GT(statistic.min().item<double>(), -1e-9) << "a KL is not negative";
    }
  }
}

TEST(TruncatedLogNormal, SamplesHaveItsMoments) {
  torch::manual_seed(1);
  constexpr int kDraws = 200000;
  for (const auto& [mu, sigma] : {std::pair{-0.5, 0.3}, {-2.0, 1.0}, {0.0, 3.0}, {-18.0, 4.0}}) {
    const TruncatedLogNormal q(number(mu), number(std::log(sigma)));
    const torch::Tensor theta = q.sample(torch::rand({kDraws}, doubles()));
    const double standard_deviation = q.standard_deviation().item<double>();
    EXPECT_NEAR(theta.mean().item<double>(), q.mean().item<double>(),
                5.0 * standard_deviation / std::sqrt(kDraws))
        << mu;
    EXPECT_LE(theta.max().item<double>(), 1.0);
    EXPECT_GE(theta.min().item<double>(), std::exp(-20.0) * 0.999);
  }
  const TruncatedLogNormal narrow(number(-0.5), number(std::log(0.3)));
  EXPECT_NEAR(narrow.sample(torch::rand({kDraws}, doubles())).std().item<double>() /
                  narrow.standard_deviation().item<double>(),
              1.0, 0.02);
}

TEST(HardConcrete, SamplesAreOpenAsOftenAsTheProbabilitySays) {
  torch::manual_seed(1);
  constexpr int kDraws = 100000;
  for (const double log_a : {-3.0, -1.0, 0.0, 2.0}) {
    const HardConcrete q(number(log_a));
    const torch::Tensor z = q.sample(torch::rand({kDraws}, doubles()));
    const double open = (z > 0).to(torch::kFloat64).mean().item<double>();
    const double p = q.probability_open().item<double>();
    EXPECT_NEAR(open, p, 5.0 * std::sqrt(p * (1.0 - p) / kDraws));
    EXPECT_NEAR(z.std().item<double>(), q.standard_deviation().item<double>(), 0.005);
  }
}

TEST(HardConcrete, TheGateWithoutNoiseClosesWhereItSays) {
  EXPECT_EQ(HardConcrete(number(HardConcrete::kClosed - 1e-9)).typical().item<double>(), 0.0);
  EXPECT_GT(HardConcrete(number(HardConcrete::kClosed + 1e-6)).typical().item<double>(), 0.0);
  EXPECT_EQ(HardConcrete(number(4.0)).typical().item<double>(), 1.0);
}

/// A least-squares loss under q(w) = N(mu, alpha mu^2) with alpha fixed, plus the KL.
torch::Tensor fixed_rate_gradient(bool vd, double log_alpha) {
  torch::manual_seed(2);
  torch::Tensor mu = torch::randn({5, 7}, doubles()).requires_grad_(true);
  const torch::Tensor x = torch::randn({11, 7}, doubles()),
                      target = torch::randn({11, 5}, doubles());
  const torch::Tensor variance = std::exp(log_alpha) * mu.square();
  const torch::Tensor y = torch::linear(x, mu) + torch::linear(x.square(), variance).sqrt() *
                                                     torch::randn({11, 5}, doubles());
  const torch::Tensor log_variance = variance.log();
  const torch::Tensor kl = vd ? sparse_vd_kl(log_variance - mu.square().log())
                              : ard_kl(mu.square() + variance, log_variance, 1.0, {});
  ((y - target).square().sum() + kl.sum()).backward();
  return mu.grad();
}

// What the tie between variational dropout and ARD rests on (arXiv 1811.00596): with a fixed
// dropout rate both divergences are constants, and the objectives have the same gradients.
TEST(SparseVdAndArd, HaveTheSameGradientsAtAFixedDropoutRate) {
  for (const double log_alpha : {-4.0, -1.0, 0.5}) {
    const torch::Tensor vd = fixed_rate_gradient(true, log_alpha);
    const torch::Tensor ard = fixed_rate_gradient(false, log_alpha);
    EXPECT_LT((vd - ard).abs().max().item<double>(), 1e-9 * vd.abs().max().item<double>());
  }
}

TEST(SparseVdAndArd, DifferByABoundedBonusForNoiseWhenTheRateIsLearned) {
  double last = 0.64;
  for (double log_alpha = -8.0; log_alpha <= 8.0; log_alpha += 0.25) {
    const double ard =
        ard_kl(number(1.0 + std::exp(log_alpha)), number(log_alpha), 1.0, {}).item<double>();
    const double difference = sparse_vd_kl(number(log_alpha)).item<double>() - ard;
    EXPECT_GT(difference, 0.0);
    EXPECT_LE(difference, last + 1e-12) << "falls with the noise";
    last = difference;
  }
}

}  // namespace
}  // namespace ockham::training::test
