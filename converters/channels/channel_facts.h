// The lattice over channels: what each channel of each value is known to be, found by running one
// transfer function per operator over the whole graph to a fixed point.
#pragma once

#include <optional>
#include <vector>

#include "converters/channels/exact_constants.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// What is known of one value's channels (indices of axis 1). Constants of the graph have no facts.
struct ChannelFacts {
  std::vector<std::optional<double>> constant;  ///< the one number it always is, if it is
  std::vector<bool> used;  ///< whether anything that reaches an output depends on it
};

/// Facts per value (index: ValueId; empty for constants of the graph).
struct Analysis {
  std::vector<ChannelFacts> values;
};

/// Forward (constants) and backward (uses) over a validated graph. Constants of arithmetic have the
/// elements that `exact` knows by their name, else those of the graph.
Analysis analyse(const Graph& graph, const ExactConstants& exact = {});

}  // namespace ockham::converters
