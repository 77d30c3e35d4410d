// cost: the only place that counts operations, parameters and bytes. Every table of ours uses it.
#pragma once

#include <vector>

#include "runtime/graph/graph.h"

namespace ockham {

/// Cost per image of each node (index: NodeId) and of the whole network.
struct GraphCost {
  std::vector<NodeCost> nodes;
  NodeCost total;
};

/// Counts a validated graph.
GraphCost cost(const Graph& graph);

}  // namespace ockham
