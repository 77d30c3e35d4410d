// Whole layers and blocks that nothing is left of: what they compute is constant.
#pragma once

#include <string>
#include <vector>

#include "converters/channels/exact_constants.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// A layer that is gone, and why.
struct EliminatedLayer {
  std::string name;
  std::string reason;
};

struct Simplified {
  Graph graph;
  ExactConstants exact;                     ///< of the constants that stand for branches
  std::vector<EliminatedLayer> eliminated;  ///< convolutions and linear layers
};

/// The network in which each operand of arithmetic that is constant in all its channels (a residual
/// branch of zeros, a gate that always says the same) is a constant of the graph, without
/// arithmetic that changes nothing, and without the nodes that only led there. Ids change.
Simplified without_constant_branches(Graph graph);

/// Takes out arithmetic that changes nothing: adding zeros, multiplying by ones. Ids change.
void drop_identity_arithmetic(Graph& graph);

}  // namespace ockham::converters
