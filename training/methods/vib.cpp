// vib: variational information bottleneck on channels.
//
// A gate z_c ~ N(m_c, v_c) multiplies each channel c behind its activation;
// KL_c = 1/2 log(1 + m_c^2 / v_c). A channel goes when log(v_c / m_c^2) >= 0.
// Source: Dai, Zhu, Guo, Wipf, "Compressing Neural Networks using the Variational Information
// Bottleneck", arXiv 1802.10399. Differences from its recipe: the spatial weight of a layer
// (theirs c_l H W with c_l chosen so that it comes to H on square maps) is the price by position,
// lambda sqrt(H W); gates start at
// m = 1 without jitter and log v = -9; while pruning only what is below -3 goes; dense inputs have
// gates too; schedule and fine-tuning are ours.
#include "training/methods/gaussian_gates.h"
#include "training/methods/method_table.h"

namespace ockham::training {
namespace {

class Vib : public GaussianGates<GateMethod> {
 public:
  Vib() : GaussianGates(-9.0) {}

  std::string_view name() const override { return "vib"; }
  std::string_view summary() const override {
    return "Gaussian gates on channels, information bottleneck, weighed by layer position";
  }
  double default_price() const override { return 20.0; }
  PricedBy default_priced_by() const override { return PricedBy::kPositions; }

 protected:
  torch::Tensor gate_kl(const Gates& gates) const override {
    return 0.5 * torch::log1p(gates[kMean].square() * (-gates[kLogVariance]).exp());
  }
};

}  // namespace

std::unique_ptr<SparsityMethod> make_vib() { return std::make_unique<Vib>(); }

}  // namespace ockham::training
