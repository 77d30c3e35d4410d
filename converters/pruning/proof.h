// The proof of a conversion: the compact network answers as the network did, on inputs that the
// model file then carries.
#pragma once

#include <cstdint>
#include <optional>

#include "converters/pruning/compact.h"
#include "converters/pruning/masked_network.h"
#include "converters/pruning/verify.h"
#include "runtime/format/model_file.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

struct Proof {
  SelfTest self_test;  ///< for the model file, with what it allows
  Agreement agreement;
};

/// Makes a self-test on the images of `sample`, or on random ones (from `seed`) without it, and
/// verifies on that and, where there is no sample or if `noise_too`, on random images. Tells `work`
/// what it has done of `verification_work`. Throws Error(kVerification) as make_self_test, verify
/// and check_subnormals do.
Proof prove(const Graph& network, const Compacted& compacted, const std::optional<SelfTest>& sample,
            std::uint64_t seed, bool noise_too, const WorkDone& work = {});

}  // namespace ockham::converters
