// verify: masked and compact network must agree before anything is written.
#pragma once

#include <cstdint>
#include <optional>

#include "converters/channels/exact_constants.h"
#include "runtime/format/model_file.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// Largest differences found, each relative to the largest element of its output:
/// max|a - b| / max|b|, the largest of all outputs.
struct Agreement {
  double in_double = 0.0;
  double in_float = 0.0;
};

inline constexpr double kDoubleTolerance = 1e-12;
inline constexpr double kFloatTolerance = 1e-5;

/// Runs both on random inputs (from `seed`) and on the sample, if there is one, with the reference
/// executor. In double, `compact` runs with the constants in `exact` as they were computed, so that
/// what is judged is the conversion; in float, with the rounded ones that are written. Throws
/// Error(kVerification) when the networks differ by more than the tolerances, naming output, found
/// and allowed difference, or when their inputs or outputs have different shapes.
Agreement verify(const Graph& masked, const Graph& compact, const ExactConstants& exact,
                 const std::optional<SelfTest>& sample, std::uint64_t seed);

}  // namespace ockham::converters
