// The pruning plan for programs.
#pragma once

#include <string>

#include "converters/pruning/explanation.h"

namespace ockham::converters {

/// The whole plan with what it does. docs/plan_json.md describes the fields.
std::string plan_json(const Graph& graph, const PruningPlan& plan, const Explanation& explanation);

}  // namespace ockham::converters
