// The pruning plan for programs.
#pragma once

#include <string>

#include "converters/pruning/pruning_plan.h"

namespace ockham::converters {

/// {"layers": [{"name", "op", "inputs", "width", "macs", "params": {"before", "after"}, "reason"}],
///  "groups": [{"name", "width", "keep", "carriers", "removable", "why_not"}],
///  "foldings": [{"layer", "into", "constants": [{"channel", "constant"}]}]}
std::string plan_json(const Graph& graph, const PruningPlan& plan);

}  // namespace ockham::converters
