// What a plan of the CPU's says of its precision.
#pragma once

#include "runtime/plan/candidate.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::cpu {

/// Where the request asks for another precision than float32: has each layer that does not run in
/// it say why, and sets ExecutionPlan::precision, with a note where no step runs in it.
void explain_precision(ExecutionPlan& plan, const PlanRequest& request, Candidates candidates);

}  // namespace ockham::cpu
