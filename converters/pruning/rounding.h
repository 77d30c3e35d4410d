// What rounding can do in one network.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/reference/reference.h"

namespace ockham::converters {

/// Half a unit in the last place, relative to the number.
inline constexpr double kFloatRoundoff = 0x1p-24;
inline constexpr double kDoubleRoundoff = 0x1p-53;

/// How far rounding with this unit roundoff can move each output (largest element; one number per
/// output) of the network on these inputs, whatever the order of its sums. Measured: the outputs of
/// runs in double in which every constant and every input is off by one roundoff, up or down at
/// random, against those of an exact run; then taken many times, as sums round at each of their
/// steps. So the terms of a sum count, not the sum, which may cancel. Infinite where a run leaves
/// the finite numbers. After the idea of perturbed arithmetic (Vignes, "A stochastic arithmetic for
/// reliable scientific computation", 1993).
std::vector<double> rounding_reach(const Graph& graph,
                                   std::span<const reference::Tensor<double>> inputs,
                                   double roundoff, std::uint64_t seed);

}  // namespace ockham::converters
