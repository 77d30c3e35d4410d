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
#include "training/methods/gaussian_gates.h"
#include "training/methods/method_table.h"

namespace ockham::training {
namespace {

class BcGnj : public GaussianGates<CompressionMethod> {
 public:
  BcGnj() : GaussianGates(-9.0, 1e-8) {}

  std::string_view name() const override { return "bc-gnj"; }
  std::string_view summary() const override {
    return "Gaussian gates and weights, normal-Jeffreys prior on the gates";
  }
  double default_price() const override { return 0.03; }

 protected:
  torch::Tensor gate_kl(const Gates& gates) const override { return sparse_vd_kl(-log_snr(gates)); }
};

}  // namespace

std::unique_ptr<SparsityMethod> make_bc_gnj() { return std::make_unique<BcGnj>(); }

}  // namespace ockham::training
