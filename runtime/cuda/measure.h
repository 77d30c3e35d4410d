// How long work takes on the device.
#pragma once

#include <cuda_runtime_api.h>

#include <functional>
#include <optional>

#include "runtime/cuda/memory.h"
#include "runtime/cuda/timing.h"

namespace ockham::cuda {

/// Milliseconds that the device takes for what `enqueue` puts into the stream, launched as part of
/// a graph, in the midst of others of its kind; nothing where that is hopeless beside the best
/// time so far (timing.h). Throws Error, also what `enqueue` throws.
std::optional<float> measured_milliseconds(cudaStream_t stream,
                                           const std::function<void()>& enqueue, float best);

/// What is put into the stream by `enqueue`, as a graph. Throws Error, also what `enqueue` throws.
ExecutableGraph captured(cudaStream_t stream, const std::function<void()>& enqueue);

}  // namespace ockham::cuda
