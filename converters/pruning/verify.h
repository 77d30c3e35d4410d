// verify: masked and compact network must agree before anything is written.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/format/model_file.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// Largest differences found, relative to the largest output: max|a - b| / max|b| over all outputs.
struct Agreement {
  double in_double = 0.0;
  double in_float = 0.0;
};

inline constexpr double kDoubleTolerance = 1e-12;
inline constexpr double kFloatTolerance = 1e-5;

/// Runs both on random inputs (from `seed`) and on the sample, if there is one, with the reference
/// executor in double and in float. Throws Error(kVerification) when they differ by more than the
/// tolerances, naming output, found and allowed difference.
Agreement verify(const Graph& masked, const Graph& compact, const std::optional<SelfTest>& sample,
                 std::uint64_t seed);

}  // namespace ockham::converters
