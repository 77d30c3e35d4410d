// The executor of NVIDIA GPUs.
#pragma once

#include <memory>

#include "runtime/cuda/module.h"

namespace ockham::cuda {

/// Prepares the network on the current device. Throws Error: kUnsupported without a driver or
/// device, or when no kernel takes a step; kOutOfMemory.
std::unique_ptr<Executor> make_executor(const ExecutorRequest& request);

/// Sizes of batches that an executor for `max_batch` is ready for, in ascending order: a run takes
/// the next larger one.
std::vector<std::int64_t> prepared_batches(std::int64_t max_batch);

}  // namespace ockham::cuda
