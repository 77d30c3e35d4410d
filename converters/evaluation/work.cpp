#include "converters/evaluation/work.h"

#include "runtime/graph/cost.h"

namespace ockham::converters {
namespace {

/// For one image of each node; index: NodeId.
std::vector<std::int64_t> work_of_nodes(const Graph& graph) {
  std::vector<std::int64_t> amounts;
  const GraphCost counted = cost(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::int64_t elements = graph.value(graph.nodes[i].outputs[0]).shape.elements();
    amounts.push_back(saturating_add(counted.nodes[i].macs, elements));
  }
  return amounts;
}

}  // namespace

std::int64_t work_of_run(const Graph& graph, std::int64_t batch) {
  std::int64_t total = 0;
  for (const std::int64_t amount : work_of_nodes(graph)) total = saturating_add(total, amount);
  return saturating_multiply(total, batch);
}

template <class T>
NodeComputed<T> told(const Graph& graph, std::int64_t batch, const WorkDone& work) {
  if (!work) return {};
  return [amounts = work_of_nodes(graph), batch, work](NodeId node, std::span<T>) {
    work(saturating_multiply(amounts[static_cast<std::size_t>(node)], batch));
  };
}

template NodeComputed<float> told(const Graph&, std::int64_t, const WorkDone&);
template NodeComputed<double> told(const Graph&, std::int64_t, const WorkDone&);

}  // namespace ockham::converters
