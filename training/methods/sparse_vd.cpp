// sparse-vd: sparse variational dropout.
//
// q(w_i) = N(mu_i, alpha_i mu_i^2) under a log-uniform prior; the KL depends on log alpha_i alone
// (divergences.h). The noise is learned as log s_i = log alpha_i + log mu_i^2 (the additive form).
// Source: Molchanov, Ashukha, Vetrov, "Variational Dropout Sparsifies Deep Neural Networks", arXiv
// 1701.05369. Differences from its recipe: log s starts at -9 on a trained network (theirs: -10,
// LeNet from scratch); log alpha is kept to [-8, 8] by moving log s after each step (theirs: by
// clipping it in the forward pass, where the gradient is lost); the KL is weighed by the price;
// filters and neurons that came out empty are removed; schedule and fine-tuning are ours.
#include "training/methods/divergences.h"
#include "training/methods/method_table.h"
#include "training/methods/per_weight.h"

namespace ockham::training {
namespace {

constexpr double kMostLogAlpha = 8.0;

class SparseVd : public PerWeightMethod {
 public:
  SparseVd() : PerWeightMethod(-9.0, -16.0, 2.0) {}

  std::string_view name() const override { return "sparse-vd"; }
  std::string_view summary() const override {
    return "Gaussian weights, log-uniform prior (variational dropout)";
  }
  void project() override {
    const torch::NoGradGuard no_gradients;
    for (const auto& layer : random_.layers()) {
      const torch::Tensor log_square = (layer.mean.square() + kLeastSquare).log();
      torch::Tensor log_variance = layer.log_variance;
      log_variance.copy_(torch::minimum(torch::maximum(log_variance, log_square - kMostLogAlpha),
                                        log_square + kMostLogAlpha));
    }
    PerWeightMethod::project();
  }

 protected:
  torch::Tensor weight_kl(const RandomWeights::Layer& layer) const override {
    return sparse_vd_kl(layer.log_variance - (layer.mean.square() + kLeastSquare).log());
  }
};

}  // namespace

std::unique_ptr<SparsityMethod> make_sparse_vd() { return std::make_unique<SparseVd>(); }

}  // namespace ockham::training
