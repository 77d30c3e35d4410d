// What the two methods of Bayesian Compression share: gates z on channels with a prior that shrinks
// them, and weights v ~ N(mu, s) under N(0, 1), so that w = z v.
// Source: Louizos, Ullrich, Welling, "Bayesian Compression for Deep Learning", arXiv 1705.08665.
#pragma once

#include "training/methods/gates.h"
#include "training/methods/random_weights.h"

namespace ockham::training {

/// The weights' KL counts once for each weight, whatever the price is (but not at 0); the gates' KL
/// is weighed by it.
class CompressionMethod : public GateMethod {
 public:
  CompressionMethod() : random_(RandomLayers::kAll, -9.0, -16.0, 2.0) {}

  bool folds_batch_norms() const override { return true; }
  void start(Network& network) override;
  void bind(Network& network, const Price& price) override;
  torch::Tensor weighted_kl() override;
  void project() override;

  torch::Tensor mix(const MixingLayer& layer, const torch::Tensor& x) override;

  /// KL of all weights to N(0, 1), in nats.
  torch::Tensor weights_kl() const;

 private:
  RandomWeights random_;
  bool charged_ = false;  ///< whether the price is above 0
};

}  // namespace ockham::training
