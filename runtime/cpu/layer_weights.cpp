#include "runtime/cpu/layer_weights.h"

#include <cmath>

namespace ockham {
namespace {

std::span<const float> constant(const Graph& graph, const Node& node, std::size_t input) {
  return graph.value(node.inputs[input]).constant.floats;
}

/// Of a layer without batch norm: what it computes, as it is.
ScaleShift identity(std::size_t channels) {
  return {std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)};
}

}  // namespace

float flushed(double x) {
  const auto rounded = static_cast<float>(x);
  return std::fpclassify(rounded) == FP_SUBNORMAL ? 0.0f : rounded;
}

ScaleShift scale_shift(const Graph& graph, const Node& batch_norm) {
  const double epsilon = std::get<BatchNorm>(batch_norm.op).epsilon;
  const auto scales = constant(graph, batch_norm, 1), shifts = constant(graph, batch_norm, 2);
  const auto means = constant(graph, batch_norm, 3), variances = constant(graph, batch_norm, 4);
  ScaleShift folded;
  for (std::size_t c = 0; c < scales.size(); ++c) {
    const double scale = scales[c] / std::sqrt(variances[c] + epsilon);
    folded.scale.push_back(scale);
    folded.shift.push_back(shifts[c] - means[c] * scale);
  }
  return folded;
}

LayerWeights layer_weights(const Graph& graph, const PlanStep& step) {
  const Node& layer = computing_node(graph, step);
  const Node* batch_norm = folded_batch_norm(graph, step);
  const auto weight = constant(graph, layer, 1);
  const auto rows = static_cast<std::size_t>(graph.value(layer.inputs[1]).shape[0]);
  const std::size_t row_size = weight.size() / rows;
  const ScaleShift norm = batch_norm ? scale_shift(graph, *batch_norm) : identity(rows);

  LayerWeights folded;
  folded.weight.reserve(weight.size());
  folded.bias.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < row_size; ++i) {
      folded.weight.push_back(flushed(weight[row * row_size + i] * norm.scale[row]));
    }
    const double bias = layer.inputs.size() == 3 ? constant(graph, layer, 2)[row] : 0.0;
    folded.bias.push_back(flushed(bias * norm.scale[row] + norm.shift[row]));
  }
  return folded;
}

std::string layer_weights_key(const Graph& graph, const PlanStep& step) {
  const Node& layer = computing_node(graph, step);
  std::string key = "weight " + std::to_string(layer.inputs[1]);
  if (layer.inputs.size() == 3) key += " bias " + std::to_string(layer.inputs[2]);
  if (folded_batch_norm(graph, step)) key += " batch norm node " + std::to_string(step.nodes[1]);
  return key;
}

}  // namespace ockham
