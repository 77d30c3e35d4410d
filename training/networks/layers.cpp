#include "training/networks/layers.h"

#include <cmath>
#include <utility>

namespace ockham::training {

NetworkBuilder::NetworkBuilder(std::string name, const Shape& image, std::uint64_t seed)
    : random_(seed) {
  graph_.name = std::move(name);
  last_ = graph_.add_input("image", {Shape::kBatch, image[0], image[1], image[2]});
}

std::vector<float> NetworkBuilder::random_weights(std::int64_t count, std::int64_t inputs) {
  std::normal_distribution<float> normal(0.0f, std::sqrt(2.0f / static_cast<float>(inputs)));
  std::vector<float> weights(static_cast<std::size_t>(count));
  for (float& weight : weights) weight = normal(random_);
  return weights;
}

void NetworkBuilder::conv(const std::string& name, std::int64_t filters, std::int64_t kernel) {
  const std::int64_t channels = graph_.value(last_).shape[1];
  const std::int64_t inputs = channels * kernel * kernel;
  const ValueId weight = graph_.add_constant(name + ".weight", {filters, channels, kernel, kernel},
                                             random_weights(filters * inputs, inputs));
  const ValueId bias = graph_.add_constant(
      name + ".bias", {filters}, std::vector<float>(static_cast<std::size_t>(filters), 0.0f));
  const Conv2d op{.window = {.kernel = {kernel, kernel}}};
  last_ = graph_.add_node(name, op, {last_, weight, bias});
}

void NetworkBuilder::linear(const std::string& name, std::int64_t neurons) {
  const std::int64_t inputs = graph_.value(last_).shape[1];
  const ValueId weight = graph_.add_constant(name + ".weight", {neurons, inputs},
                                             random_weights(neurons * inputs, inputs));
  const ValueId bias = graph_.add_constant(
      name + ".bias", {neurons}, std::vector<float>(static_cast<std::size_t>(neurons), 0.0f));
  last_ = graph_.add_node(name, Linear{}, {last_, weight, bias});
}

void NetworkBuilder::relu(const std::string& name) {
  last_ = graph_.add_node(name, Unary{.kind = UnaryKind::kRelu}, {last_});
}

void NetworkBuilder::max_pool(const std::string& name, std::int64_t extent) {
  const Window2d window{.kernel = {extent, extent}, .stride = {extent, extent}};
  last_ = graph_.add_node(name, Pool2d{.kind = PoolKind::kMax, .window = window}, {last_});
}

void NetworkBuilder::flatten(const std::string& name) {
  last_ = graph_.add_node(name, Flatten{}, {last_});
}

Graph NetworkBuilder::finish() {
  graph_.outputs = {last_};
  return std::move(graph_);
}

}  // namespace ockham::training
