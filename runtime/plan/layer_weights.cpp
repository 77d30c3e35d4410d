#include "runtime/plan/layer_weights.h"

#include <algorithm>

#include "runtime/graph/subnormals.h"

namespace ockham {
namespace {

std::span<const float> constant(const Graph& graph, const Node& node, std::size_t input) {
  return graph.value(node.inputs[input]).constant.floats;
}

}  // namespace

AffineMap affine_map(const Graph& graph, const Node& batch_norm) {
  const auto doubles = [&](std::size_t input) {
    const auto floats = constant(graph, batch_norm, input);
    return std::vector<double>(floats.begin(), floats.end());
  };
  return affine_map(std::get<BatchNorm>(batch_norm.op), doubles(1), doubles(2), doubles(3),
                    doubles(4));
}

LayerRows::LayerRows(const Graph& graph, const PlanStep& step) {
  const Node& layer = computing_node(graph, step);
  weight_ = constant(graph, layer, 1);
  count_ = graph.value(layer.inputs[1]).shape[0];
  taps_ = std::ssize(weight_) / count_;
  if (layer.inputs.size() == 3) bias_ = constant(graph, layer, 2);
  if (const Node* norm = folded_batch_norm(graph, step)) norm_ = affine_map(graph, *norm);
}

void LayerRows::copy_weights(std::int64_t first, std::int64_t last, float* to) const {
  for (; first < last; ++first, to += taps_) copy_row(first, to);
}

void LayerRows::copy_row(std::int64_t row, float* to) const {
  const auto first = static_cast<std::size_t>(row * taps_), count = static_cast<std::size_t>(taps_);
  const std::span<const float> weights = weight_.subspan(first, count);
  if (!norm_) {
    std::ranges::transform(weights, to, [](float weight) { return flushed(weight); });
    return;
  }
  const double factor = norm_->factor[static_cast<std::size_t>(row)];
  std::ranges::transform(weights, to, [=](float weight) { return flushed(weight * factor); });
}

void LayerRows::copy_biases(std::int64_t first, std::int64_t last, float* to) const {
  for (; first < last; ++first, ++to) {
    const auto row = static_cast<std::size_t>(first);
    const double bias = bias_.empty() ? 0.0 : bias_[row];
    *to = flushed(norm_ ? bias * norm_->factor[row] + norm_->shift[row] : bias);
  }
}

LayerWeights layer_weights(const Graph& graph, const PlanStep& step) {
  const LayerRows rows(graph, step);
  LayerWeights folded{
      .weight = std::vector<float>(static_cast<std::size_t>(rows.count() * rows.taps())),
      .bias = std::vector<float>(static_cast<std::size_t>(rows.count()))};
  rows.copy_weights(0, rows.count(), folded.weight.data());
  rows.copy_biases(0, rows.count(), folded.bias.data());
  return folded;
}

std::string layer_weights_key(const Graph& graph, const PlanStep& step) {
  const Node& layer = computing_node(graph, step);
  std::string key = "weight " + std::to_string(layer.inputs[1]);
  if (layer.inputs.size() == 3) key += " bias " + std::to_string(layer.inputs[2]);
  if (folded_batch_norm(graph, step)) key += " batch norm node " + std::to_string(step.batch_norm);
  return key;
}

}  // namespace ockham
