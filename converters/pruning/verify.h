// verify: masked and compact network must agree before anything is written.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "converters/channels/exact_constants.h"
#include "converters/pruning/masked_network.h"
#include "runtime/format/model_file.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// What verifying found.
struct Agreement {
  /// Largest differences, each relative to the largest element of its output (difference.h), the
  /// largest of all outputs.
  double in_double = 0.0;
  double in_float = 0.0;
  /// For each output, how far a session may be from the sample's: SelfTest::allowed.
  std::vector<float> allowed;
};

/// What is always allowed, relative to the largest element of an output.
inline constexpr double kDoubleTolerance = 1e-12;
inline constexpr double kFloatTolerance = 1e-5;

/// Runs both on random inputs (from `seed`; where there is a sample, only if `noise_too`) and on
/// the sample, if there is one. The masked network runs in double. In double, `compact` runs with
/// the constants in `exact` as they were computed, so that what is judged is the conversion; in
/// float, with the rounded ones that are written, and with subnormals flushed, as sessions run it.
/// They may differ by the tolerances, and by what rounding can do in the masked network
/// (rounding.h), which matters where it amplifies, where large terms cancel or where an operator
/// jumps. Throws Error(kVerification) when they differ by more, naming output, found and allowed
/// difference, or when their inputs or outputs have different shapes.
Agreement verify(const MaskedNetwork& masked, const Graph& compact, const ExactConstants& exact,
                 const std::optional<SelfTest>& sample, std::uint64_t seed,
                 const WorkDone& work = {}, bool noise_too = true);

/// Sessions take subnormal constants for zeros, and so does the masked network that is verified.
/// Throws Error(kVerification), naming such a constant, where `network`, which still has them,
/// answers the test otherwise.
void check_subnormals(const Graph& network, const MaskedNetwork& masked, const SelfTest& test);

/// What `verify` has to compute, and `make_self_test` before it, as they tell while they do.
std::int64_t verification_work(const Graph& masked, const Graph& compact,
                               const std::optional<SelfTest>& sample, bool noise_too = true);

}  // namespace ockham::converters
