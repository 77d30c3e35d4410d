// The network and what pruning does to it as Graphviz text, to be drawn by `dot`.
#pragma once

#include <string>

#include "converters/pruning/explanation.h"

namespace ockham::converters {

/// A node for each operator of `graph` with its widths before and after, an edge for each
/// activation with its shape, one colour for each group of channels, and a legend of the groups.
/// Nodes that `result`, the network that conversion ends with, no longer has are dashed.
std::string plan_dot(const Graph& graph, const PruningPlan& plan, const Explanation& explanation,
                     const Graph& result);

}  // namespace ockham::converters
