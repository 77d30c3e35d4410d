#include "runtime/graph/node_inputs.h"

namespace ockham {

OperatorInputs operator_inputs(const Graph& graph, const Node& node) {
  OperatorInputs gathered;
  gathered.where = "node '" + node.name + "' (" + std::string(operator_name(node.op)) + ")";
  for (const ValueId id : node.inputs) {
    if (id < 0 || static_cast<std::size_t>(id) >= graph.values.size()) {
      fail(gathered, "input index " + std::to_string(id) + " is outside the graph's " +
                         std::to_string(graph.values.size()) + " values");
    }
    gathered.inputs.push_back({graph.value(id).shape, graph.value(id).is_constant});
  }
  return gathered;
}

}  // namespace ockham
