// Tail: the last layers of a network where those are tiny, as pruning often leaves them. One kernel
// walks through them behind the kernels of the layers before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "runtime/cuda/walk/schedule.h"
#include "runtime/graph/graph.h"
#include "runtime/plan/candidate.h"

namespace ockham::cuda {

/// What a device has for walks.
struct WalkDevice {
  std::size_t shared_bytes = 0;      ///< that a block may have
  std::int64_t multiprocessors = 1;  ///< each walks through an image at a time
};

/// A network in two parts. Values have the same ids in both as in the network.
struct Tail {
  Graph before;       ///< its one output is what `after` reads
  Graph after;        ///< its one input is what `before` computes; its outputs are the network's
  Schedule schedule;  ///< of `after`
};

/// Where to cut so that a walk through what is behind saves most beside a kernel for each of its
/// steps, which the candidates would run; nullopt where it saves nothing.
std::optional<Tail> find_tail(const PlanRequest& request, Candidates candidates,
                              const WalkDevice& device);

}  // namespace ockham::cuda
