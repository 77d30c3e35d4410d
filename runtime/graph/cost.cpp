#include "runtime/graph/cost.h"

#include "runtime/graph/node_inputs.h"

namespace ockham {

GraphCost cost(const Graph& graph) {
  GraphCost counted;
  for (const Node& node : graph.nodes) {
    const NodeCost one =
        operator_cost(node.op, operator_inputs(graph, node), graph.value(node.outputs[0]).shape);
    counted.nodes.push_back(one);
    counted.total.macs = saturating_add(counted.total.macs, one.macs);
    counted.total.params = saturating_add(counted.total.params, one.params);
    counted.total.bytes_read = saturating_add(counted.total.bytes_read, one.bytes_read);
    counted.total.bytes_written = saturating_add(counted.total.bytes_written, one.bytes_written);
  }
  return counted;
}

}  // namespace ockham
