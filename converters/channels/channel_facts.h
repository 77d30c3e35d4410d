// The lattice over channels: what each channel of each value is known to be, found by running one
// transfer function per operator over the whole graph to a fixed point.
#pragma once

#include <cstdint>
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

inline const ChannelFacts& facts_of(const Analysis& analysis, ValueId value) {
  return analysis.values[static_cast<std::size_t>(value)];
}

/// Whether nothing is lost when this channel of the value goes: it is constant, or nobody uses it.
inline bool is_dead(const ChannelFacts& facts, std::int64_t channel) {
  const auto c = static_cast<std::size_t>(channel);
  return facts.constant[c].has_value() || !facts.used[c];
}

/// The channel's constant if it is one other than zero, else 0.
inline double nonzero_constant(const ChannelFacts& facts, std::int64_t channel) {
  return facts.constant[static_cast<std::size_t>(channel)].value_or(0.0);
}

/// Forward (constants) and backward (uses) over a validated graph. Constants of arithmetic have the
/// elements that `exact` knows by their name, else those of the graph.
Analysis analyse(const Graph& graph, const ExactConstants& exact = {});

}  // namespace ockham::converters
