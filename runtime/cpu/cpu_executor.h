// The executor of the CPU.
#pragma once

#include <memory>

#include "runtime/plan/candidate.h"
#include "runtime/plan/executor.h"

namespace ockham {
class PackedWeights;
}

namespace ockham::cpu {

/// Plans the network with one of the lists of kernels.h, prepares the kernels and allocates what
/// they need. `weights` are those of the graph's model; graph and weights outlive the result.
/// Throws Error: kUnsupported when no candidate takes a step; kOutOfMemory, also where the system
/// gives no more threads.
std::unique_ptr<Executor> make_executor(const PlanRequest& request, Candidates candidates,
                                        PackedWeights& weights);

}  // namespace ockham::cpu
