// group-ard: Gaussian automatic relevance determination with one prior variance per filter or
// neuron.
//
// q(w_i) = N(mu_i, s_i); p(w_i) = N(0, t_g) for all weights of a channel g, biases outside.
// Empirical Bayes: t_g* = mean_i(mu_i^2 + s_i), at which KL_g = 1/2 [n_g log t_g* - sum_i log s_i].
// Relevance: 3 - log(sum s_i / sum mu_i^2); a live filter's weights are noisy one by one, so that
// only what is noise altogether goes. Inputs of the network (and of a layer behind a flatten) have
// no prior of their own and go when their column is noise.
// Source: Kharitonov, Molchanov, Vetrov, "Variational Dropout via Empirical Bayes", arXiv
// 1811.00596 (per weight, and its hyperprior); the group form follows from the same bound. Li et
// al., "A revisit to MacKay algorithm", Front. Comput. Sci. 14(4), 2020, is the special case s = 0.
// log s starts at -9 on a trained network and is kept to [-16, 2]; the KL is weighed by the price.
#include "training/methods/divergences.h"
#include "training/methods/method_table.h"
#include "training/methods/random_weights.h"

namespace ockham::training {
namespace {

class GroupArd : public WeightMethod {
 public:
  GroupArd() : WeightMethod(RandomWeights(RandomLayers::kRemovable, -9.0, -16.0, 2.0)) {}

  std::string_view name() const override { return "group-ard"; }
  std::string_view summary() const override {
    return "Gaussian weights, one prior variance per filter or neuron by empirical Bayes";
  }
  void set_hyperprior(const Hyperprior& hyperprior) override { hyperprior_ = hyperprior; }

  std::vector<torch::Tensor> kl() override {
    const auto squares = random_.mean_squares(), variances = random_.variances(),
               log_variances = random_.log_variances();
    std::vector<torch::Tensor> nats;
    for (std::size_t g = 0; g < random_.members().size(); ++g) {
      const torch::Tensor moments = random_.sum(g, Side::kRows, squares);
      if (!moments.defined()) {
        nats.push_back(torch::zeros({random_.members()[g].width}));
        continue;
      }
      nats.push_back(ard_kl(moments + random_.sum(g, Side::kRows, variances),
                            random_.sum(g, Side::kRows, log_variances),
                            static_cast<double>(random_.count(g, Side::kRows)), hyperprior_));
    }
    return nats;
  }

 private:
  Hyperprior hyperprior_;
};

}  // namespace

std::unique_ptr<SparsityMethod> make_group_ard() { return std::make_unique<GroupArd>(); }

}  // namespace ockham::training
