// Convolution by its definition, channels last: any window, groups and type.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/cuda/convolution_item.h"

namespace ockham::cuda {

/// `residual` is null or like y. Throws Error.
void convolve_directly(const Convolution& convolution, const void* x, const void* residual, void* y,
                       std::int64_t batch, cudaStream_t stream);

}  // namespace ockham::cuda
