// Fusing: which nodes become one step.
#pragma once

#include <vector>

#include "runtime/plan/candidate.h"
#include "runtime/plan/execution_plan.h"

namespace ockham {

/// One step for each run of nodes that one of the candidates executes as one, in the graph's order:
/// an operator takes the batch norm behind it, then the sum with an activation that exists by then,
/// then the activation function behind that and the pool on either side of it, as far as there is a
/// kernel for the longer step (kernel_choice.h). A node is only taken by the sole producer it
/// reads, and only when nobody else reads what lies between them. Filled in: name, op, node,
/// batch_norm, residual, activation, pool, inputs, output, macs, params.
std::vector<PlanStep> fuse(const PlanRequest& request, Candidates candidates);

}  // namespace ockham
