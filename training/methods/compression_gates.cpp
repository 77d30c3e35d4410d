#include "training/methods/compression_gates.h"

#include "training/methods/divergences.h"

namespace ockham::training {

void CompressionMethod::start(Network& network) {
  GateMethod::start(network);
  for (Parameter& parameter : random_.start(network)) posterior().push_back(std::move(parameter));
}

void CompressionMethod::bind(Network& network, const Price& price) {
  GateMethod::bind(network, price);
  random_.bind(network, posterior());
  charged_ = price.value > 0.0;
}

torch::Tensor CompressionMethod::weights_kl() const {
  torch::Tensor sum = torch::zeros({}, random_.layers().at(0).mean.options());
  for (const RandomWeights::Layer& layer : random_.layers()) {
    sum = sum + standard_normal_kl(layer.mean, layer.log_variance).sum();
  }
  return sum;
}

torch::Tensor CompressionMethod::weighted_kl() {
  const torch::Tensor gates = GateMethod::weighted_kl();
  return charged_ ? gates + weights_kl() : gates;
}

void CompressionMethod::project() {
  GateMethod::project();
  random_.project();
}

torch::Tensor CompressionMethod::mix(const MixingLayer& layer, const torch::Tensor& x) {
  if (!sampling()) return LayerHooks::mix(layer, x);
  return random_.mix(layer, x, [&](const torch::Tensor& like) { return noise_like(like); });
}

}  // namespace ockham::training
