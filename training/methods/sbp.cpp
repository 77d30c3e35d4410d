// sbp: structured Bayesian pruning by log-normal multiplicative noise.
//
// A gate theta_c multiplies each channel c; q(theta_c) is log-normal, truncated on the log axis to
// [-20, 0]; the prior is log-uniform there. A channel goes when its signal-to-noise ratio
// E theta / sqrt(Var theta) is below 1; what stays is E theta.
// Source: Neklyudov, Molchanov, Ashukha, Vetrov, "Structured Bayesian Pruning via Log-Normal
// Multiplicative Noise", arXiv 1705.07283. Differences from its recipe: mu is kept to [-20, 0] and
// log sigma to [-9, 5], where all statistics are finite (theirs: both to [-20, 5], not a number
// replaced by 1); the gate stands on the input of the readers, not between filter and bias; one
// draw per sample and channel (theirs: per batch); the KL is weighed by the price on cost (theirs:
// by hand, ten- and fivefold on the first layers) and ramped up; schedule and fine-tuning are ours.
#include "training/methods/gates.h"
#include "training/methods/method_table.h"
#include "training/methods/truncated_log_normal.h"

namespace ockham::training {
namespace {

class Sbp : public GateMethod {
 public:
  std::string_view name() const override { return "sbp"; }
  std::string_view summary() const override {
    return "truncated log-normal gates on channels, log-uniform prior";
  }
  double default_price() const override { return 0.03; }
  std::string_view relevance_meaning() const override { return "log SNR^2 of the gate"; }
  double running_margin() const override { return 1.0; }

 protected:
  enum : std::size_t { kMu, kLogSigma };

  static TruncatedLogNormal distribution(const Gates& gates) {
    return {gates[kMu], gates[kLogSigma]};
  }

  std::vector<GateParameter> parameters() const override {
    return {{.name = "gate_mu", .initial = 0.0, .least = -20.0, .most = 0.0},
            {.name = "gate_log_sigma", .initial = -5.0, .least = -9.0, .most = 5.0}};
  }
  torch::Tensor draw(const Gates& gates, std::int64_t batch) override {
    const torch::Tensor& mu = gates[kMu];
    return distribution(gates).sample(uniform({batch, mu.size(0)}, mu.options()));
  }
  torch::Tensor mean(const Gates& gates) const override { return distribution(gates).mean(); }
  torch::Tensor standard_deviation(const Gates& gates) const override {
    return distribution(gates).standard_deviation();
  }
  torch::Tensor gate_kl(const Gates& gates) const override { return distribution(gates).kl(); }
  torch::Tensor gate_relevance(const Gates& gates) const override {
    return 2.0 * distribution(gates).log_snr();
  }
};

}  // namespace

std::unique_ptr<SparsityMethod> make_sbp() { return std::make_unique<Sbp>(); }

}  // namespace ockham::training
