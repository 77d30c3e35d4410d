// bc-ghs: Bayesian compression with the group horseshoe prior.
//
// w_ij = z_g v_ij; z_g = sqrt(s_a s_b a_g b_g), with s_a ~ Gamma(1/2, tau^2), s_b ~ InvGamma(1/2,
// 1) shared by a layer's channels (together a half-Cauchy of scale tau = 1e-5), a_g ~ Gamma(1/2,
// 1), b_g ~ InvGamma(1/2, 1) per channel; all q log-normal; v ~ N(0, 1), q(v) = N(mu, s). So log
// z_g ~ N(M_g, V_g) with M_g half the sum of the means and V_g a quarter of that of the variances.
// A channel goes when its signal-to-noise ratio 1 / sqrt(e^V - 1) is below 1, or when the mode of
// its gate, e^(M - V), is below e^-5 of the strongest in its group. Source: Louizos, Ullrich,
// Welling, "Bayesian Compression for Deep Learning", arXiv 1705.08665 (its authors published no
// code for it). Differences: gates on the inputs of the readers, a trained network to start from (z
// = 1), the two rules of removal, the price on the gates' KL (the shared part spread over the
// channels), schedule and fine-tuning.
#include <cmath>

#include "training/methods/compression_gates.h"
#include "training/methods/divergences.h"
#include "training/methods/method_table.h"

namespace ockham::training {
namespace {

constexpr double kGlobalScale = 1e-5;      ///< tau
constexpr double kWeakestLogShare = -5.0;  ///< of a gate's mode, against the strongest

class BcGhs : public CompressionMethod {
 public:
  std::string_view name() const override { return "bc-ghs"; }
  std::string_view summary() const override {
    return "log-normal gates, Gaussian weights, horseshoe prior on the gates";
  }
  double default_price() const override { return 0.1; }
  std::string_view relevance_meaning() const override {
    return "log SNR^2 of the gate, or 5 + log(mode / strongest mode)";
  }
  double running_margin() const override { return 0.3; }

 protected:
  enum : std::size_t {
    kGlobalGamma,
    kGlobalGammaLog,
    kGlobalInverse,
    kGlobalInverseLog,
    kGamma,
    kGammaLog,
    kInverse,
    kInverseLog
  };

  std::vector<GateParameter> parameters() const override {
    // The shared pair starts where the Gamma's KL is least, and cancels out in z.
    const double global = std::log(0.5 * kGlobalScale * kGlobalScale);
    const auto mean = [](const char* name, double initial, bool shared) {
      return GateParameter{name, initial, -60.0, 60.0, shared};
    };
    const auto log_variance = [](const char* name, bool shared) {
      return GateParameter{name, -9.0, -12.0, 2.0, shared};
    };
    return {mean("global_gamma", global, true),    log_variance("global_gamma_log", true),
            mean("global_inverse", -global, true), log_variance("global_inverse_log", true),
            mean("local_gamma", 0.0, false),       log_variance("local_gamma_log", false),
            mean("local_inverse", 0.0, false),     log_variance("local_inverse_log", false)};
  }

  torch::Tensor draw(const Gates& gates, std::int64_t batch) override {
    const torch::Tensor shared_standard_deviation =
        0.5 * (gates[kGlobalGammaLog].exp() + gates[kGlobalInverseLog].exp()).sqrt();
    const torch::Tensor own_standard_deviation =
        0.5 * (gates[kGammaLog].exp() + gates[kInverseLog].exp()).sqrt();
    const auto options = gates[kGamma].options();
    return (log_mean(gates) + shared_standard_deviation * noise({batch, 1}, options) +
            own_standard_deviation * noise({batch, gates[kGamma].size(0)}, options))
        .exp();
  }
  torch::Tensor mean(const Gates& gates) const override {
    return (log_mean(gates) + 0.5 * log_variance(gates)).exp();
  }
  torch::Tensor standard_deviation(const Gates& gates) const override {
    return mean(gates) * torch::expm1(log_variance(gates)).sqrt();
  }
  torch::Tensor gate_kl(const Gates& gates) const override {
    const torch::Tensor shared =
        gamma_half_kl(gates[kGlobalGamma], gates[kGlobalGammaLog], kGlobalScale * kGlobalScale) +
        inverse_gamma_half_kl(gates[kGlobalInverse], gates[kGlobalInverseLog]);
    return gamma_half_kl(gates[kGamma], gates[kGammaLog], 1.0) +
           inverse_gamma_half_kl(gates[kInverse], gates[kInverseLog]) +
           shared / static_cast<double>(gates[kGamma].size(0));
  }
  torch::Tensor gate_relevance(const Gates& gates) const override {
    const torch::Tensor variance = log_variance(gates);
    const torch::Tensor log_mode = log_mean(gates) - variance;
    return torch::minimum(-torch::log(torch::expm1(variance)),
                          log_mode - log_mode.max() - kWeakestLogShare);
  }

 private:
  /// Mean and variance of log z.
  static torch::Tensor log_mean(const Gates& gates) {
    return 0.5 * (gates[kGlobalGamma] + gates[kGlobalInverse] + gates[kGamma] + gates[kInverse]);
  }
  static torch::Tensor log_variance(const Gates& gates) {
    return 0.25 * (gates[kGlobalGammaLog].exp() + gates[kGlobalInverseLog].exp() +
                   gates[kGammaLog].exp() + gates[kInverseLog].exp());
  }
};

}  // namespace

std::unique_ptr<SparsityMethod> make_bc_ghs() { return std::make_unique<BcGhs>(); }

}  // namespace ockham::training
