#include "training/methods/price.h"

#include <cmath>
#include <set>

#include "runtime/graph/cost.h"

namespace ockham::training {
namespace {

/// MACs and parameters that go with one channel of the group.
struct Savings {
  double macs = 0.0;
  double params = 0.0;
};

Savings savings_of_channel(const Graph& graph, const GraphCost& counted,
                           const converters::ChannelGroup& group) {
  std::set<NodeId> nodes;
  for (const auto& axis : group.producers) nodes.insert(axis.node);
  for (const auto& axis : group.consumers) nodes.insert(axis.node);
  for (const auto& axis : group.gathers) {
    const std::vector<NodeId> behind = graph.readers(graph.node(axis.node).outputs[0]);
    nodes.insert(behind.begin(), behind.end());
  }
  Savings saved;
  for (const NodeId node : nodes) {
    const NodeCost& cost = counted.nodes[static_cast<std::size_t>(node)];
    saved.macs += static_cast<double>(cost.macs) / static_cast<double>(group.width);
    saved.params += static_cast<double>(cost.params) / static_cast<double>(group.width);
  }
  return saved;
}

double positions(const Graph& graph, const converters::ChannelGroup& group) {
  if (group.producers.empty()) return 1.0;
  const Shape& shape = graph.value(graph.node(group.producers[0].node).outputs[0]).shape;
  return shape.rank() == 4 ? static_cast<double>(shape[2] * shape[3]) : 1.0;
}

}  // namespace

std::vector<double> savings_weights(const Graph& graph,
                                    const std::vector<converters::ChannelGroup>& groups,
                                    double kappa, double rho) {
  const GraphCost counted = cost(graph);
  std::vector<double> weights;
  for (const auto& group : groups) {
    const Savings saved = savings_of_channel(graph, counted, group);
    weights.push_back(1.0 +
                      kappa * (saved.macs / static_cast<double>(counted.total.macs) +
                               rho * saved.params / static_cast<double>(counted.total.params)));
  }
  return weights;
}

std::vector<double> position_weights(const Graph& graph,
                                     const std::vector<converters::ChannelGroup>& groups,
                                     double lambda) {
  std::vector<double> weights;
  for (const auto& group : groups) weights.push_back(lambda * std::sqrt(positions(graph, group)));
  return weights;
}

}  // namespace ockham::training
