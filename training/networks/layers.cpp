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

ValueId NetworkBuilder::vector(const std::string& name, std::int64_t extent, float element) {
  return graph_.add_constant(name, {extent},
                             std::vector<float>(static_cast<std::size_t>(extent), element));
}

void NetworkBuilder::conv(const std::string& name, std::int64_t filters,
                          const ConvOptions& options) {
  const auto [kernel, stride, padding, bias] = options;
  const std::int64_t channels = last_shape()[1];
  const std::int64_t inputs = channels * kernel * kernel;
  const ValueId weight = graph_.add_constant(name + ".weight", {filters, channels, kernel, kernel},
                                             random_weights(filters * inputs, inputs));
  const Conv2d op{.window = {.kernel = {kernel, kernel},
                             .stride = {stride, stride},
                             .pad_begin = {padding, padding},
                             .pad_end = {padding, padding}}};
  std::vector<ValueId> operands = {last_, weight};
  if (bias) operands.push_back(vector(name + ".bias", filters, 0.0f));
  last_ = graph_.add_node(name, op, std::move(operands));
}

void NetworkBuilder::linear(const std::string& name, std::int64_t neurons) {
  const std::int64_t inputs = last_shape()[1];
  const ValueId weight = graph_.add_constant(name + ".weight", {neurons, inputs},
                                             random_weights(neurons * inputs, inputs));
  last_ = graph_.add_node(name, Linear{}, {last_, weight, vector(name + ".bias", neurons, 0.0f)});
}

void NetworkBuilder::batch_norm(const std::string& name) {
  const std::int64_t channels = last_shape()[1];
  last_ = graph_.add_node(
      name, BatchNorm{},
      {last_, vector(name + ".scale", channels, 1.0f), vector(name + ".shift", channels, 0.0f),
       vector(name + ".mean", channels, 0.0f), vector(name + ".variance", channels, 1.0f)});
}

void NetworkBuilder::relu(const std::string& name) {
  last_ = graph_.add_node(name, Unary{.kind = UnaryKind::kRelu}, {last_});
}

void NetworkBuilder::max_pool(const std::string& name, std::int64_t extent) {
  const Window2d window{.kernel = {extent, extent}, .stride = {extent, extent}};
  last_ = graph_.add_node(name, Pool2d{.kind = PoolKind::kMax, .window = window}, {last_});
}

void NetworkBuilder::average(const std::string& name) {
  const Window2d whole{.kernel = {last_shape()[2], last_shape()[3]}};
  last_ = graph_.add_node(name, Pool2d{.kind = PoolKind::kAverage, .window = whole}, {last_});
}

void NetworkBuilder::flatten(const std::string& name) {
  last_ = graph_.add_node(name, Flatten{}, {last_});
}

void NetworkBuilder::gather(const std::string& name, std::vector<std::int64_t> channels) {
  last_ = graph_.add_node(name, Gather{std::move(channels)}, {last_});
}

void NetworkBuilder::skip_pixels(const std::string& name, std::int64_t stride) {
  for (const int axis : {2, 3}) {
    SpatialGather op{.axis = axis, .indices = {}};
    for (std::int64_t i = 0; i < last_shape()[axis]; i += stride) {
      op.indices.push_back(i);
    }
    last_ = graph_.add_node(name + (axis == 2 ? ".rows" : ".columns"), std::move(op), {last_});
  }
}

void NetworkBuilder::add(const std::string& name, ValueId other) {
  last_ = graph_.add_node(name, Binary{.kind = BinaryKind::kAdd}, {last_, other});
}

void NetworkBuilder::dropout(double rate) { dropout_[graph_.value(last_).name] = rate; }

BuiltInNetwork NetworkBuilder::finish() {
  graph_.outputs = {last_};
  return {.graph = std::move(graph_), .dropout = std::move(dropout_)};
}

}  // namespace ockham::training
