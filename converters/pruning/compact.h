// compact: applies a PruningPlan. Exact: the compact network computes what the masked one does.
#pragma once

#include <string>
#include <vector>

#include "converters/channels/exact_constants.h"
#include "converters/pruning/pruning_plan.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// Indices on each axis of a constant, ascending.
using IndicesPerAxis = std::vector<std::vector<std::int64_t>>;

/// For one constant of the compact graph: which indices of the original were kept on each axis.
struct KeptIndices {
  std::string constant;  ///< name, the same in both graphs
  /// One part, but for grouped convolutions whose filters keep different inputs: what is left of
  /// each slice, one behind the other along axis 0.
  std::vector<IndicesPerAxis> parts;
};

struct Compacted {
  Graph graph;                    ///< validated; values keep their ids, new biases come behind them
  std::vector<KeptIndices> kept;  ///< for every constant of the original graph
  ExactConstants exact;           ///< of the constants that took on folded ones
};

/// Removes the planned channels and folds the constants among them into biases or carriers, as the
/// plan says. A layer without a bias that needs one gets "<layer>.bias".
/// `exact` holds constants of `graph` that are more precise than it.
Compacted compact(const Graph& graph, const PruningPlan& plan, const ExactConstants& exact = {});

}  // namespace ockham::converters
