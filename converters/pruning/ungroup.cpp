#include "converters/pruning/ungroup.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "converters/channels/convolutions.h"
#include "runtime/graph/validate.h"

namespace ockham::converters {
namespace {

/// What is alive of the channels of each slice.
std::vector<std::int64_t> living(const ChannelFacts& facts, std::int64_t slices,
                                 std::int64_t width) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(slices), 0);
  for (std::int64_t c = 0; c < slices * width; ++c) {
    if (!is_dead(facts, c)) ++counts[static_cast<std::size_t>(c / width)];
  }
  return counts;
}

/// Multiply-accumulates of a tap of a position, with groups and without.
struct Forms {
  std::int64_t grouped = 0;
  std::int64_t dense = 0;
};

Forms forms(const Graph& graph, const Analysis& analysis, const Node& node) {
  const InputSlices slices = input_slices(graph, node);
  const auto inputs = living(facts_of(analysis, node.inputs[0]), slices.count, slices.depth);
  const auto outputs = living(facts_of(analysis, node.outputs[0]), slices.count, slices.filters);
  std::int64_t left = 0, all_inputs = 0, all_outputs = 0;
  for (std::size_t slice = 0; slice < inputs.size(); ++slice) {
    left += inputs[slice] + outputs[slice] > 0 ? 1 : 0;
    all_inputs += inputs[slice];
    all_outputs += outputs[slice];
  }
  return {.grouped = left * std::ranges::max(inputs) * std::ranges::max(outputs),
          .dense = all_inputs * all_outputs};
}

/// The filters' weights [F, C, kernel] with zeros for the channels of other slices.
std::vector<float> dense_weights(const InputSlices& slices, const Value& weight) {
  const std::int64_t row = weight.shape.elements() / weight.shape[0];
  std::vector<float> dense(static_cast<std::size_t>(weight.shape.elements() * slices.count), 0.0f);
  for (std::int64_t f = 0; f < weight.shape[0]; ++f) {
    const std::int64_t first = (f * slices.count + f / slices.filters) * row;
    std::ranges::copy(weight.constant.floats.subspan(static_cast<std::size_t>(f * row),
                                                     static_cast<std::size_t>(row)),
                      dense.begin() + first);
  }
  return dense;
}

}  // namespace

Ungrouped ungroup_where_cheaper(Graph graph, const Analysis& analysis) {
  Ungrouped result;
  for (Node& node : graph.nodes) {
    auto* conv = std::get_if<Conv2d>(&node.op);
    if (conv == nullptr || !is_grouped(*conv, graph.value(node.inputs[0]).shape[1])) continue;
    const Forms left = forms(graph, analysis, node);
    if (left.dense >= left.grouped) continue;
    const InputSlices slices = input_slices(graph, node);
    const Value weight = graph.value(node.inputs[1]);
    Shape shape = weight.shape;
    shape[1] *= slices.count;
    graph.set_constant(node.inputs[1], shape, dense_weights(slices, weight));
    conv->groups = 1;
    result.layers.push_back(
        {node.name,
         fmt::format("without its {} groups, which would have to stay of one size", slices.count)});
  }
  validate(graph);
  result.graph = std::move(graph);
  return result;
}

}  // namespace ockham::converters
