// Classes of steps that take equally long, whatever their weights: what is measured once for all of
// them.
#pragma once

#include <string>

#include "runtime/plan/execution_plan.h"

namespace ockham {

/// Equal for steps that compute the same on activations and constants of the same shapes:
/// operators, attributes of windows, shapes. For the file of what tuning found: a line, for people
/// too.
std::string step_class(const Graph& graph, const PlanStep& step);

/// The same of a whole plan, as a short text of digits: equal for networks that differ in their
/// numbers and names alone.
std::string plan_class(const Graph& graph, const ExecutionPlan& plan);

}  // namespace ockham
