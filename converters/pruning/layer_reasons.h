// Why a layer was cut, cut along with another, or not cut.
#pragma once

#include <string>

#include "converters/pruning/pruning_plan.h"

namespace ockham::converters {

/// One line for people about a convolution or linear layer; needs the plan's decisions.
std::string layer_reason(const Graph& graph, const Analysis& analysis, const PruningPlan& plan,
                         NodeId layer);

}  // namespace ockham::converters
