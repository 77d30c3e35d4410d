// Sums of two branches of which one has channels of zeros that the other has not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/channels/channel_facts.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// One operand of a sum, and what its zeros cost: to compute them, as the sum is as wide, or to
/// leave them out and have a Gather put zeros in their places.
struct UnevenSum {
  std::string sum;          ///< node
  std::size_t operand = 0;  ///< 0 or 1
  std::string layer;        ///< that computes the operand
  std::int64_t zeros = 0;
  std::int64_t saved_macs = 0;      ///< of the layer, without the zeros
  std::int64_t moved_elements = 0;  ///< by the Gather

  bool is_better_gathered() const;
  /// For the plan: what was chosen, and why.
  std::string text() const;
};

/// A Gather moves each element of its output once; this many multiply-accumulates take as long.
/// Rough: some 30 to 60 a nanosecond against 2 to 4 moved floats.
inline constexpr std::int64_t kMacsPerMovedElement = 16;

/// Every such operand that a layer computes, in the order of the nodes.
std::vector<UnevenSum> uneven_sums(const Graph& graph, const Analysis& analysis);

/// The network with a Gather of all channels in front of each of these operands, which are found by
/// the names of their sums; planning then narrows the Gathers.
Graph gather_operands(Graph graph, const std::vector<UnevenSum>& sums);

}  // namespace ockham::converters
