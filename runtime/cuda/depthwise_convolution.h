// Convolution of each channel by itself, one filter a channel, channels last: any window and type.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/cuda/convolution_item.h"

namespace ockham::cuda {

/// Groups, channels and filters are equally many. `residual` is null or like y. Throws Error.
void convolve_depthwise(const Convolution& convolution, const void* x, const void* residual,
                        void* y, std::int64_t batch, cudaStream_t stream);

}  // namespace ockham::cuda
