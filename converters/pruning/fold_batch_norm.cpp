#include "converters/pruning/fold_batch_norm.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "converters/channels/convolutions.h"
#include "converters/pruning/graph_edits.h"
#include "runtime/graph/unread.h"
#include "runtime/graph/validate.h"

namespace ockham::converters {
namespace {

AffineMap exact_map(const Graph& graph, const Node& node, const ExactConstants& exact) {
  const auto elements = [&](std::size_t input) {
    return exact_elements(graph, node.inputs[input], exact);
  };
  return affine_map(std::get<BatchNorm>(node.op), elements(1), elements(2), elements(3),
                    elements(4));
}

bool is_finite(const AffineMap& map) {
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

/// A layer that computes channels of a batch norm's input.
struct Part {
  NodeId layer = -1;
  std::int64_t first = 0, count = 0;  ///< channels of the batch norm
};

bool is_concat_of_channels(const Node& node) {
  const auto* concat = std::get_if<Concat>(&node.op);
  return concat != nullptr && concat->axis == 1;
}

/// Adds the layers that compute the channels of `x`, which are those of a batch norm from `first`
/// on. Whether layers compute all of them, for it alone.
bool add_layers(const Graph& graph, ValueId x, std::int64_t first, std::vector<Part>& parts) {
  const std::int64_t count = channel_count(graph.value(x).shape);
  NodeId id = own_producer(graph, x);
  while (id >= 0 && moves_pixels(graph.node(id))) {
    id = own_producer(graph, graph.node(id).inputs[0]);
  }
  if (id < 0) return false;
  const Node& node = graph.node(id);
  if (is_layer(node.op)) {
    parts.push_back({id, first, count});
    return graph.readers(node.inputs[1]).size() == 1;
  }
  const bool is_apart = channel_count(graph.value(node.outputs[0]).shape) != count;
  if (!is_concat_of_channels(node) || is_apart) return false;
  for (const ValueId input : node.inputs) {
    if (std::ranges::count(node.inputs, input) > 1 || !add_layers(graph, input, first, parts)) {
      return false;
    }
    first += channel_count(graph.value(input).shape);
  }
  return true;
}

/// The layers that a batch norm can be folded into; none where something else computes its input.
std::vector<Part> foldable_layers(const Graph& graph, const Node& batch_norm) {
  std::vector<Part> parts;
  if (!add_layers(graph, batch_norm.inputs[0], 0, parts)) parts.clear();
  return parts;
}

AffineMap of_part(const AffineMap& map, const Part& part) {
  const auto channels = [&](const std::vector<double>& all) {
    return std::vector<double>(all.begin() + part.first, all.begin() + part.first + part.count);
  };
  return {channels(map.factor), channels(map.shift)};
}

void fold(Graph& graph, ExactConstants& exact, NodeId layer, const AffineMap& map) {
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
    const std::vector<Part> parts = foldable_layers(graph, graph.nodes[i]);
    const auto may_take = [&](const Part& part) {
      return may_fold(graph.node(part.layer), graph.nodes[i]);
    };
    if (parts.empty() || !std::ranges::all_of(parts, may_take)) continue;
    const AffineMap map = exact_map(graph, graph.nodes[i], exact);
    if (!is_finite(map)) continue;
    for (const Part& part : parts) fold(graph, exact, part.layer, of_part(map, part));
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
  drop_unread_values(graph);
  validate(graph);
}

}  // namespace ockham::converters
