// Sums of two branches of which one has channels of zeros that the other has not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/channels/channel_facts.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// One operand of a sum that has channels of zeros, and what these cost. Its layer can compute
/// them, so that the operand is as wide as the sum; or it leaves them out, and a Gather puts zeros
/// in their places.
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

/// The network with a Gather of all channels between each of these operands and its sum. It
/// computes what it did; but plan_pruning may now take the channels of zeros out of the operand,
/// and compaction writes -1 (zeros) for them into the Gather. Sums are found by name, as `graph`
/// may be another than that in which they were found, of the same nodes.
Graph gather_operands(Graph graph, const std::vector<UnevenSum>& sums);

}  // namespace ockham::converters
