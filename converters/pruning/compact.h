// compact: applies a PruningPlan. Exact: the compact network computes what the masked one does.
#pragma once

#include <string>
#include <vector>

#include "converters/pruning/pruning_plan.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// For one constant of the compact graph: which indices of the original were kept on each axis.
struct KeptIndices {
  std::string constant;                         ///< name, the same in both graphs
  std::vector<std::vector<std::int64_t>> axes;  ///< ascending, one list per axis
};

struct Compacted {
  Graph graph;                    ///< validated
  std::vector<KeptIndices> kept;  ///< for every constant that was in the original graph and is kept
};

/// Removes the planned channels. Removed channels that are a non-zero constant are folded into the
/// bias of their consumers where that is exact; the plan keeps those for which it is not.
Compacted compact(const Graph& graph, const PruningPlan& plan);

}  // namespace ockham::converters
