// group-ard: Gaussian automatic relevance determination with one prior variance per filter or
// neuron.
//
// q(w_i) = N(mu_i, s_i); p(w_i) = N(0, t_g) for all weights of a group g, biases outside. Empirical
// Bayes: t_g* = mean_i(mu_i^2 + s_i), at which KL_g = 1/2 [n_g log t_g* - sum_i log s_i].
// Noise by local reparameterisation: y ~ N(conv(x, mu) + b, conv(x^2, s)), the bias outside the
// variance. log alpha_g = log(sum s_i / sum mu_i^2). A group that no weights produce (inputs of a
// layer, picked by a Gather) has no prior of its own: its KL is 0, and its log alpha is that of the
// columns that read it, whose KL counts in the groups of their rows. Price: lambda sqrt(H W) per
// nat. Source: Kharitonov, Molchanov, Vetrov, "Variational Dropout via Empirical Bayes", arXiv
// 1811.00596 (per weight); the group form follows from the same bound. Li et al., "A revisit to
// MacKay algorithm", Front. Comput. Sci. 14(4), 2020, is the special case s = 0.
#pragma once

#include <map>

#include "training/methods/method.h"

namespace ockham::training {

class GroupArd : public SparsityMethod {
 public:
  std::string_view name() const override { return "group-ard"; }
  double default_price() const override { return 3.0; }
  std::string_view price_meaning() const override {
    return "lambda: the KL of a filter weighs lambda sqrt(H W), of a neuron lambda";
  }

  void start(Network& network) override;
  void bind(Network& network, const Price& price) override;
  std::vector<Parameter>& posterior() override { return posterior_; }
  torch::Tensor weighted_kl() override;
  std::vector<torch::Tensor> kl() override;
  std::vector<torch::Tensor> log_alpha() override;
  double running_threshold() const override { return 3.0; }
  double final_threshold() const override { return 3.0; }
  void project() override;
  void finish(Network&) override {}  // the network's weights are the posterior's means

  torch::Tensor mix(const MixingLayer& layer, const torch::Tensor& x) override;

 private:
  /// A weight of which `block` consecutive indices on `axis` belong to one channel of a group.
  struct Member {
    std::string weight;
    int axis = 0;
    std::int64_t block = 1;
  };
  /// Sums over one channel's weights, one tensor [width] each.
  struct Moments {
    std::int64_t count = 0;       ///< weights per channel
    torch::Tensor mean_squares;   ///< sum of mu^2
    torch::Tensor variances;      ///< sum of s
    torch::Tensor log_variances;  ///< sum of log s
  };
  static std::vector<Member> members(const Graph& graph, const converters::ChannelGroup& group);
  Moments moments(std::size_t group) const;
  /// Whether the group's weights are those that produce it, so that they have a prior in common.
  bool has_prior(std::size_t group) const { return members_[group].front().axis == 0; }

  std::vector<Parameter> posterior_;                   ///< log s of each random weight tensor
  std::map<std::string, torch::Tensor> log_variance_;  ///< the same, by the weight's name
  std::map<std::string, torch::Tensor> mean_;          ///< the network's weights, by name
  std::vector<std::vector<Member>> members_;           ///< per group
  std::vector<double> weights_;                        ///< price per group
};

}  // namespace ockham::training
