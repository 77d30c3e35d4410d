// WalkNetwork: a tiny network in one kernel.
#pragma once

#include <memory>

#include "runtime/cuda/network.h"
#include "runtime/cuda/shared_constants.h"
#include "runtime/cuda/walk/walk_kernel.h"
#include "runtime/plan/candidate.h"

namespace ockham::cuda {

/// The network as a walk, in float32 whatever the precision allows; null where it does not fit the
/// current device's shared memory or runs better as many kernels. Throws Error.
std::unique_ptr<Network> make_walk_network(const PlanRequest& request, SharedConstants& constants);

}  // namespace ockham::cuda
