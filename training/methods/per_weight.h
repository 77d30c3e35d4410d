// What the methods share that judge each weight by itself.
#pragma once

#include "training/methods/random_weights.h"

namespace ockham::training {

/// Every weight of every convolution and linear layer has its own prior. A weight is noise when its
/// log alpha = log(s / mu^2) is above 3. A channel is empty, and goes, when all weights that
/// compute it are noise, or all that read it. The network shrinks only by such channels; single
/// weights that are noise inside of it stay as they are.
class PerWeightMethod : public WeightMethod {
 public:
  PerWeightMethod(double initial_log_variance, double least, double most)
      : WeightMethod(RandomWeights(RandomLayers::kAll, initial_log_variance, least, most)) {}

  double default_price() const override { return 10.0; }
  std::string_view relevance_meaning() const override {
    return "3 - log alpha of the channel's strongest weight";
  }
  std::vector<torch::Tensor> kl() override;
  std::vector<torch::Tensor> relevance() override;

 protected:
  /// KL of each weight, shaped like the layer's weights.
  virtual torch::Tensor weight_kl(const RandomWeights::Layer& layer) const = 0;
  torch::Tensor row_kl(std::size_t layer) const override;
};

}  // namespace ockham::training
