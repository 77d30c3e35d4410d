// gate-ard: Gaussian automatic relevance determination on gates, with a price on cost.
//
// A gate z_c ~ N(m_c, v_c) multiplies each channel c at the input of every layer that mixes the
// channels and every Gather that selects among them; all readers of a coupled set share it; one
// draw per reader, sample and channel. Prior N(0, t_c) with t_c* = m_c^2 + v_c (empirical Bayes),
// at which KL_c = 1/2 log(1 + m_c^2 / v_c). log alpha_c = log(v_c / m_c^2). Each group's KL weighs
// w_g = 1 + kappa (dMAC_g / MAC + rho dPAR_g / PAR): a tempered bound, with a scale-free prior on
// cost. Sources: the penalty is that of Dai et al., "Compressing Neural Networks using the
// Variational Information Bottleneck", arXiv 1802.10399, without its spatial factor; the price is
// ours.
#pragma once

#include <map>

#include "training/methods/method.h"

namespace ockham::training {

class GateArd : public SparsityMethod {
 public:
  std::string_view name() const override { return "gate-ard"; }
  double default_price() const override { return 0.06; }
  std::string_view price_meaning() const override {
    return "kappa: nats per training sample for one e-fold of cost (MACs and parameters)";
  }

  void start(Network& network) override;
  void bind(Network& network, const Price& price) override;
  std::vector<Parameter>& posterior() override { return posterior_; }
  torch::Tensor weighted_kl() override;
  std::vector<torch::Tensor> kl() override;
  std::vector<torch::Tensor> log_alpha() override;
  double running_threshold() const override { return 3.0; }
  double final_threshold() const override { return 0.0; }
  void project() override;
  void finish(Network& network) override;

  torch::Tensor gate(const Node& node, const torch::Tensor& x) override;

 private:
  /// Mean and log variance of a group's gates, each [width].
  struct Gates {
    torch::Tensor mean;
    torch::Tensor log_variance;
  };
  /// Which gates the input of a layer or Gather passes, and how many of its channels belong to one
  /// channel of the group.
  struct Reader {
    std::size_t group = 0;
    std::int64_t block = 1;
  };

  std::vector<Parameter> posterior_;
  std::vector<Gates> gates_;               ///< per group
  std::map<std::string, Reader> readers_;  ///< by the node's name
  std::vector<double> weights_;            ///< price per group
};

}  // namespace ockham::training
