// vib: variational information bottleneck on channels.
//
// A gate z_c ~ N(m_c, v_c) multiplies each channel c behind its activation;
// KL_c = 1/2 log(1 + m_c^2 / v_c). A channel goes when log(v_c / m_c^2) >= 0.
// Source: Dai, Zhu, Guo, Wipf, "Compressing Neural Networks using the Variational Information
// Bottleneck", arXiv 1802.10399. Differences from its recipe: the spatial weight of a layer
// (theirs c_l H W with c_l chosen so that it comes to H on square maps) is the price by position,
// lambda sqrt(H W); gates start at
// mean 1 without jitter; dense inputs have gates too; schedule and fine-tuning are ours.
#include "training/methods/gates.h"
#include "training/methods/method_table.h"

namespace ockham::training {
namespace {

class Vib : public GateMethod {
 public:
  std::string_view name() const override { return "vib"; }
  std::string_view summary() const override {
    return "Gaussian gates on channels, information bottleneck, weighed by layer position";
  }
  double default_price() const override { return 20.0; }
  PricedBy default_priced_by() const override { return PricedBy::kPositions; }
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
  torch::Tensor gate_kl(const Gates& gates) const override {
    return 0.5 * torch::log1p(gates[kMean].square() * (-gates[kLogVariance]).exp());
  }
  torch::Tensor gate_relevance(const Gates& gates) const override {
    return (gates[kMean].square() + 1e-30).log() - gates[kLogVariance];
  }
};

}  // namespace

std::unique_ptr<SparsityMethod> make_vib() { return std::make_unique<Vib>(); }

}  // namespace ockham::training
