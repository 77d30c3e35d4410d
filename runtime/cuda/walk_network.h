// WalkNetwork: a tiny network in one kernel.
#pragma once

#include <memory>

#include "runtime/cuda/network.h"
#include "runtime/cuda/shared_constants.h"
#include "runtime/cuda/walk/schedule.h"
#include "runtime/plan/candidate.h"

namespace ockham::cuda {

/// The network as a walk on the current device, in float32 whatever the precision allows. Throws
/// Error.
std::unique_ptr<Network> make_walk_network(const PlanRequest& request, const Schedule& schedule,
                                           SharedConstants& constants);

}  // namespace ockham::cuda
