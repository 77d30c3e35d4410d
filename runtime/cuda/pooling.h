// Pooling, channels last.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/cuda/pooling_item.h"

namespace ockham::cuda {

/// The largest of each window (what is not a number wins), or the mean (summed in double). Throws
/// Error.
void pool(const Pooling& pooling, const void* x, void* y, std::int64_t batch, cudaStream_t stream);

}  // namespace ockham::cuda
