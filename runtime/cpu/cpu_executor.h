// The executor of the CPU.
#pragma once

#include <memory>

#include "runtime/plan/candidate.h"
#include "runtime/plan/executor.h"

namespace ockham {
class PackedWeights;
}

namespace ockham::cpu {

class ThreadPool;

/// Plans the network with one of the lists of kernels.h, prepares the kernels and allocates what
/// they need. `weights` are those of the graph's model; graph and weights outlive the result.
/// `threads` has as many as the request says; null: a pool of its own. Throws Error: kUnsupported
/// when no candidate takes a step; kOutOfMemory.
std::unique_ptr<Executor> make_executor(const PlanRequest& request, Candidates candidates,
                                        PackedWeights& weights,
                                        std::shared_ptr<ThreadPool> threads = nullptr);

}  // namespace ockham::cpu
