#include "converters/pruning/fold_batch_norm.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "converters/pruning/graph_edits.h"
#include "runtime/graph/validate.h"

namespace ockham::converters {
namespace {

/// y = factor x + shift, per channel.
struct Affine {
  std::vector<double> factor, shift;
};

Affine affine(const Graph& graph, const Node& node, const ExactConstants& exact) {
  const auto elements = [&](std::size_t input) {
    return exact_elements(graph, node.inputs[input], exact);
  };
  const std::vector<double> scale = elements(1), shift = elements(2);
  const std::vector<double> mean = elements(3), variance = elements(4);
  const double epsilon = std::get<BatchNorm>(node.op).epsilon;
  Affine result;
  for (std::size_t c = 0; c < scale.size(); ++c) {
    result.factor.push_back(scale[c] / std::sqrt(variance[c] + epsilon));
    result.shift.push_back(shift[c] - mean[c] * result.factor[c]);
  }
  return result;
}

bool is_finite(const Affine& map) {
  const auto finite = [](double x) { return std::isfinite(x); };
  return std::ranges::all_of(map.factor, finite) && std::ranges::all_of(map.shift, finite);
}

/// Whether the node leaves numbers as they are and only moves pixels: transposed convolutions end
/// with such nodes.
bool moves_pixels(const Node& node) {
  return std::holds_alternative<DepthToSpace>(node.op) ||
         std::holds_alternative<SpatialGather>(node.op);
}

/// The node that computes `x` for one reader alone, or -1.
NodeId own_producer(const Graph& graph, ValueId x) {
  return graph.is_output(x) || graph.readers(x).size() != 1 ? -1 : graph.producer(x);
}

/// The layer that a batch norm can be folded into, or -1.
NodeId foldable_layer(const Graph& graph, const Node& batch_norm) {
  NodeId id = own_producer(graph, batch_norm.inputs[0]);
  while (id >= 0 && moves_pixels(graph.node(id))) {
    id = own_producer(graph, graph.node(id).inputs[0]);
  }
  const bool found = id >= 0 && is_layer(graph.node(id));
  return found && graph.readers(graph.node(id).inputs[1]).size() == 1 ? id : -1;
}

void fold(Graph& graph, ExactConstants& exact, NodeId layer, const Affine& map) {
  const ValueId weight_id = graph.node(layer).inputs[1];
  const ValueId bias_id = own_bias(graph, layer);
  std::vector<double> weight = exact_elements(graph, weight_id, exact);
  std::vector<double> bias = exact_elements(graph, bias_id, exact);
  const std::size_t taps = weight.size() / bias.size();
  const std::size_t block = bias.size() / map.factor.size();  // filters per channel
  for (std::size_t f = 0; f < bias.size(); ++f) {
    const double factor = map.factor[f / block];
    for (std::size_t t = 0; t < taps; ++t) weight[f * taps + t] *= factor;
    bias[f] = bias[f] * factor + map.shift[f / block];
  }
  set_computed(graph, weight_id, graph.value(weight_id).shape, std::move(weight), exact);
  set_computed(graph, bias_id, graph.value(bias_id).shape, std::move(bias), exact);
}

}  // namespace

void fold_batch_norms(
    Graph& graph, ExactConstants& exact,
    const std::function<bool(const Node& layer, const Node& batch_norm)>& may_fold) {
  std::vector<bool> folded(graph.nodes.size(), false);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!std::holds_alternative<BatchNorm>(graph.nodes[i].op)) continue;
    const NodeId layer = foldable_layer(graph, graph.nodes[i]);
    if (layer < 0 || !may_fold(graph.node(layer), graph.nodes[i])) continue;
    const Affine map = affine(graph, graph.nodes[i], exact);
    if (!is_finite(map)) continue;
    fold(graph, exact, layer, map);
    const NodeId before = graph.producer(graph.nodes[i].inputs[0]);
    graph.nodes[static_cast<std::size_t>(before)].outputs = graph.nodes[i].outputs;
    graph.nodes[i] = {};  // reads and computes nothing from here on
    folded[i] = true;
  }
  std::vector<Node> kept;
  for (std::size_t i = 0; i < folded.size(); ++i) {
    if (!folded[i]) kept.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(kept);
  drop_unused_values(graph);
  validate(graph);
}

}  // namespace ockham::converters
