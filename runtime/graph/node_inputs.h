// Gathers a node's inputs for the rules of its operator.
#pragma once

#include "runtime/graph/graph.h"

namespace ockham {

/// Throws Error(kInvalidModel) when an input's index is out of range.
OperatorInputs operator_inputs(const Graph& graph, const Node& node);

}  // namespace ockham
