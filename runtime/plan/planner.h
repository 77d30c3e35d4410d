// Planning: Graph ─► ExecutionPlan. Nothing is executed or allocated here.
#pragma once

#include "runtime/plan/candidate.h"
#include "runtime/plan/execution_plan.h"

namespace ockham {

/// Fuses, chooses a kernel for each step (kernel_choice.h), gives every activation a layout and
/// puts in the reorders this needs. A choice that cannot be followed becomes a note. A flatten
/// whose readers all find the elements of an image that is not flattened
/// (Candidate::reads_unflattened) costs nothing. Throws Error(kUnsupported) when no candidate takes
/// a step.
ExecutionPlan make_plan(const PlanRequest& request, Candidates candidates);

/// Places activations and the steps' scratch in one arena. Throws Error(kOutOfMemory) when it would
/// be larger than `memory_limit` bytes.
void plan_memory(ExecutionPlan& plan, const Graph& graph, std::size_t memory_limit);

}  // namespace ockham
