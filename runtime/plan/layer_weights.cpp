#include "runtime/plan/layer_weights.h"

#include "runtime/graph/subnormals.h"

namespace ockham {
namespace {

std::span<const float> constant(const Graph& graph, const Node& node, std::size_t input) {
  return graph.value(node.inputs[input]).constant.floats;
}

/// What stands behind a layer without batch norm.
AffineMap identity(std::size_t channels) {
  return {std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)};
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

LayerWeights layer_weights(const Graph& graph, const PlanStep& step) {
  const Node& layer = computing_node(graph, step);
  const Node* batch_norm = folded_batch_norm(graph, step);
  const auto weight = constant(graph, layer, 1);
  const auto rows = static_cast<std::size_t>(graph.value(layer.inputs[1]).shape[0]);
  const std::size_t row_size = weight.size() / rows;
  const AffineMap norm = batch_norm ? affine_map(graph, *batch_norm) : identity(rows);

  LayerWeights folded;
  folded.weight.reserve(weight.size());
  folded.bias.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < row_size; ++i) {
      folded.weight.push_back(flushed(weight[row * row_size + i] * norm.factor[row]));
    }
    const double bias = layer.inputs.size() == 3 ? constant(graph, layer, 2)[row] : 0.0;
    folded.bias.push_back(flushed(bias * norm.factor[row] + norm.shift[row]));
  }
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
