// The steps of a conversion, from an imported network to the compact one.
#pragma once

#include "converters/pruning/compact.h"
#include "converters/pruning/explanation.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

struct Conversion {
  Graph masked;             ///< the network as its channels are judged best; computes what it did
  PruningPlan plan;         ///< for `masked`
  Explanation explanation;  ///< of the plan, with layers that are gone as a whole
  Compacted compacted;      ///< with batch norms folded, and without Gathers of everything
};

/// prepare -> write moved channels as Gathers -> drop what is constant -> let single inputs go ->
/// drop groups that cost more than they save -> let zeros of sums go -> analyse -> plan -> compact
/// -> order columns as their inputs -> fold batch norms. These come behind compacting, so that the
/// constants that compacting moved are folded in double as well.
Conversion convert(const Graph& network);

}  // namespace ockham::converters
