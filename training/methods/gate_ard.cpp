// gate-ard: Gaussian automatic relevance determination on gates, with a price on cost.
//
// A gate z_c ~ N(m_c, v_c) multiplies each channel c. Prior N(0, t_c) with t_c* = m_c^2 + v_c
// (empirical Bayes), at which KL_c = 1/2 log(1 + m_c^2 / v_c). Relevance: log(m_c^2 / v_c), the
// log of the squared signal-to-noise ratio; a gate that is more noise than signal goes. Starts at
// m = 1, log v = -6; while pruning only what is below -3 goes, at the end what is below 0.
// Sources: the penalty is that of Dai et al., "Compressing Neural Networks using the Variational
// Information Bottleneck", arXiv 1802.10399, without its spatial factor; the price on cost (a
// tempered bound) and the hyperprior are ours.
#include "training/methods/divergences.h"
#include "training/methods/gaussian_gates.h"
#include "training/methods/method_table.h"

namespace ockham::training {
namespace {

class GateArd : public GaussianGates<GateMethod> {
 public:
  GateArd() : GaussianGates(-6.0) {}

  std::string_view name() const override { return "gate-ard"; }
  std::string_view summary() const override {
    return "Gaussian gates on channels, prior variance by empirical Bayes";
  }
  double default_price() const override { return 0.06; }
  void set_hyperprior(const Hyperprior& hyperprior) override { hyperprior_ = hyperprior; }

 protected:
  torch::Tensor gate_kl(const Gates& gates) const override {
    return ard_kl(gates[kMean].square() + gates[kLogVariance].exp(), gates[kLogVariance], 1.0,
                  hyperprior_);
  }

 private:
  Hyperprior hyperprior_;
};

}  // namespace

std::unique_ptr<SparsityMethod> make_gate_ard() { return std::make_unique<GateArd>(); }

}  // namespace ockham::training
