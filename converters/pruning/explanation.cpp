#include "converters/pruning/explanation.h"

#include "converters/channels/convolutions.h"
#include "converters/pruning/graph_edits.h"
#include "converters/pruning/layer_reasons.h"
#include "runtime/graph/cost.h"

namespace ockham::converters {

LayerPlan Explanation::total() const {
  LayerPlan sum{.name = "total"};
  for (const LayerPlan& layer : layers) {
    sum.macs_before += layer.macs_before;
    sum.macs_after += layer.macs_after;
    sum.params_before += layer.params_before;
    sum.params_after += layer.params_after;
  }
  return sum;
}

Explanation explain(const Graph& graph, const Analysis& analysis, const PruningPlan& plan,
                    const Graph& after) {
  const GraphCost cost_before = cost(graph), cost_after = cost(after);
  Explanation explanation;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!is_layer(node.op)) continue;
    explanation.layers.push_back(
        {.node = static_cast<NodeId>(i),
         .name = node.name,
         .op = std::string(operator_name(node.op)),
         .inputs_before = channel_count(graph.value(node.inputs[0]).shape),
         .inputs_after = channel_count(after.value(node.inputs[0]).shape),
         .width_before = channel_count(graph.value(node.outputs[0]).shape),
         .width_after = channel_count(after.value(node.outputs[0]).shape),
         .macs_before = cost_before.nodes[i].macs,
         .macs_after = cost_after.nodes[i].macs,
         .params_before = cost_before.nodes[i].params,
         .params_after = cost_after.nodes[i].params,
         .reason = layer_reason(graph, analysis, plan, static_cast<NodeId>(i))});
  }
  return explanation;
}

}  // namespace ockham::converters
