// Which candidate runs a step: the one that was chosen for it, or the best by rule.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/plan/candidate.h"

namespace ockham {

/// Who runs a step.
struct ChosenKernel {
  std::size_t candidate = 0;  ///< which of the candidates
  std::string reason;
};

/// Who runs the step. Where PlanRequest::choices has a candidate for its node, and that can run the
/// node by itself, it is this one alone: what it cannot run with the node is not fused. Otherwise
/// it is the best by rule. Nothing where none can.
std::optional<ChosenKernel> choose_kernel(const PlanRequest& request, Candidates candidates,
                                          const PlanStep& step);

/// Whether there is a choice for the step's node that cannot be followed.
bool ignores_choice(const PlanRequest& request, Candidates candidates, const PlanStep& step);

/// All that can run the step's node by itself, in the list's order. The last resort is among them
/// only where there is nothing else.
std::vector<const Candidate*> alternatives(const PlanRequest& request, Candidates candidates,
                                           const PlanStep& step);

/// A node by itself as a step. Filled in: name, op, node, inputs, output.
PlanStep step_of(const Graph& graph, NodeId node);

}  // namespace ockham
