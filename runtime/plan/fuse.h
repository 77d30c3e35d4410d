// Fusing: which nodes become one step.
#pragma once

#include <vector>

#include "runtime/plan/execution_plan.h"

namespace ockham {

/// One step for each run of nodes that can be executed as one, in the graph's order: a convolution
/// or linear layer takes the batch norm behind it (folded into its weights) and the ReLU behind
/// that; batch norms and additions take a ReLU. A node is only taken by the sole producer it reads,
/// and only when nobody else reads what lies between them.
/// Filled in: name, op, nodes, inputs, output, macs, params.
std::vector<PlanStep> fuse(const Graph& graph);

}  // namespace ockham
