// The self-test that a model file carries.
#pragma once

#include <cstdint>
#include <optional>

#include "converters/pruning/masked_network.h"
#include "runtime/format/model_file.h"

namespace ockham::converters {

/// The inputs of `sample`, or a few random images (from `seed`) without one, and what the masked
/// network makes of them: computed in double, rounded once. Throws Error(kVerification) when that
/// is not finite, or when the sample brings outputs along and the network computes others.
SelfTest make_self_test(const MaskedNetwork& masked, const std::optional<SelfTest>& sample,
                        std::uint64_t seed, const WorkDone& work = {});

}  // namespace ockham::converters
