#include "converters/pruning/prepare.h"

#include <algorithm>
#include <set>
#include <utility>

#include "converters/pruning/graph_edits.h"
#include "runtime/graph/subnormals.h"

namespace ockham::converters {
namespace {

void give_own_constants(Graph& graph) {
  std::set<ValueId> taken;
  for (Node& node : graph.nodes) {
    for (ValueId& input : node.inputs) {
      if (!graph.value(input).is_constant || taken.insert(input).second) continue;
      const Value shared = graph.value(input);
      input = graph.add_constant(unused_name(graph, shared.name + "." + node.name), shared.shape,
                                 shared.constant);
      taken.insert(input);
    }
  }
}

}  // namespace

Graph without_subnormals(Graph graph) {
  for (ValueId id = 0; id < static_cast<ValueId>(graph.values.size()); ++id) {
    const std::span<const float> floats = graph.value(id).constant.floats;
    if (std::ranges::none_of(floats, is_subnormal)) continue;
    std::vector<float> elements(floats.size());
    std::ranges::transform(floats, elements.begin(), flushed);
    graph.set_constant(id, graph.value(id).shape, std::move(elements));
  }
  return graph;
}

Graph prepare(Graph graph) {
  give_own_constants(graph);
  return without_subnormals(std::move(graph));
}

}  // namespace ockham::converters
