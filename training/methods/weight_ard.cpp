// weight-ard: Gaussian automatic relevance determination per weight.
//
// q(w_i) = N(mu_i, s_i); p(w_i) = N(0, t_i), t_i* = mu_i^2 + s_i by empirical Bayes, at which
// KL_i = 1/2 log(1 + mu_i^2 / s_i) = 1/2 softplus(-log alpha_i).
// Source: Kharitonov, Molchanov, Vetrov, "Variational Dropout via Empirical Bayes", arXiv
// 1811.00596, with its Gamma hyperprior as an option. Differences from its recipe: starts from a
// trained network with log s = -9; the KL is weighed by the price; filters and neurons that came
// out empty are removed; schedule and fine-tuning are ours.
#include "training/methods/divergences.h"
#include "training/methods/method_table.h"
#include "training/methods/per_weight.h"

namespace ockham::training {
namespace {

class WeightArd : public PerWeightMethod {
 public:
  WeightArd() : PerWeightMethod(-9.0, -16.0, 2.0) {}

  std::string_view name() const override { return "weight-ard"; }
  std::string_view summary() const override {
    return "Gaussian weights, one prior variance per weight by empirical Bayes";
  }
  void set_hyperprior(const Hyperprior& hyperprior) override { hyperprior_ = hyperprior; }

 protected:
  torch::Tensor weight_kl(const RandomWeights::Layer& layer) const override {
    return ard_kl(layer.mean.square() + layer.log_variance.exp(), layer.log_variance, 1.0,
                  hyperprior_);
  }

 private:
  Hyperprior hyperprior_;
};

}  // namespace

std::unique_ptr<SparsityMethod> make_weight_ard() { return std::make_unique<WeightArd>(); }

}  // namespace ockham::training
