// What rounding can do in one network.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "converters/evaluation/work.h"
#include "runtime/reference/reference.h"

namespace ockham::converters {

/// Half a unit in the last place, relative to the number.
inline constexpr double kFloatRoundoff = 0x1p-24;
inline constexpr double kDoubleRoundoff = 0x1p-53;

/// How many runs `rounding_reach` makes.
inline constexpr int kRoundingRuns = 3;

/// How far rounding with this unit roundoff can move each output (largest element; one number per
/// output) of the network on these inputs from `exact`, whatever the order of its sums and
/// whichever way an operator is computed. Measured: the outputs of runs in double in which every
/// constant, every input and every number that a node rounds is off by some roundoffs, up or down
/// at random, but for whole numbers; then taken a few times more. So the terms of a sum count, not
/// the sum, which may cancel; and an operator that jumps (rounding to a grid, the index of the
/// largest) jumps in these runs where a session may find itself on the other side. Infinite where a
/// run leaves the finite numbers. After the idea of perturbed arithmetic (Vignes, "A stochastic
/// arithmetic for reliable scientific computation", 1993).
std::vector<double> rounding_reach(const Graph& graph,
                                   std::span<const reference::Tensor<double>> inputs,
                                   std::span<const reference::Tensor<double>> exact,
                                   double roundoff, std::uint64_t seed, const WorkDone& work = {});

}  // namespace ockham::converters
