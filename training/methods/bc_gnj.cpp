// bc-gnj: Bayesian compression with the group normal-Jeffreys prior.
//
// w_ij = z_g v_ij; p(z) proportional to 1/|z|; q(z_g) = N(m_g, t_g); v ~ N(0, 1), q(v) = N(mu, s).
// The gate's KL is that of variational dropout in log alpha_g = log(t_g / m_g^2) (divergences.h).
// Source: Louizos, Ullrich, Welling, "Bayesian Compression for Deep Learning", arXiv 1705.08665.
// Differences from its recipe: all gates stand on the inputs of the readers (theirs: on the outputs
// of convolutions); starts from a trained network, without jitter; one cut, log alpha > 0 (theirs:
// read off each layer's histogram); the weights' variance is kept to e^2 in all layers (theirs:
// 0.04 in the first); biases are not random; the gates' KL is weighed by the price; schedule and
// fine-tuning are ours.
#include "training/methods/compression_gates.h"
#include "training/methods/divergences.h"
#include "training/methods/method_table.h"

namespace ockham::training {
namespace {

class BcGnj : public CompressionMethod {
 public:
  std::string_view name() const override { return "bc-gnj"; }
  std::string_view summary() const override {
    return "Gaussian gates and weights, normal-Jeffreys prior on the gates";
  }
  double default_price() const override { return 0.03; }
  std::string_view relevance_meaning() const override { return "log SNR^2 of the gate"; }
  double running_margin() const override { return 3.0; }

 protected:
  enum : std::size_t { kMean, kLogVariance };

  std::vector<GateParameter> parameters() const override {
    return {{.name = "gate_mean", .initial = 1.0, .least = -10.0, .most = 10.0},
            {.name = "gate_log_variance", .initial = -9.0, .least = -12.0, .most = 4.0}};
  }
  torch::Tensor draw(const Gates& gates, std::int64_t batch) override {
    const torch::Tensor& m = gates[kMean];
    return m + (0.5 * gates[kLogVariance]).exp() * noise({batch, m.size(0)}, m.options());
  }
  torch::Tensor mean(const Gates& gates) const override { return gates[kMean]; }
  torch::Tensor deviation(const Gates& gates) const override {
    return (0.5 * gates[kLogVariance]).exp();
  }
  torch::Tensor gate_kl(const Gates& gates) const override { return sparse_vd_kl(-snr(gates)); }
  torch::Tensor gate_relevance(const Gates& gates) const override { return snr(gates); }

 private:
  static torch::Tensor snr(const Gates& gates) {
    return (gates[kMean].square() + 1e-8).log() - gates[kLogVariance];
  }
};

}  // namespace

std::unique_ptr<SparsityMethod> make_bc_gnj() { return std::make_unique<BcGnj>(); }

}  // namespace ockham::training
