// Convolution by its definition, channels last: any window, groups and type.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/cuda/activation.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

struct DirectConvolution {
  StoredType type = StoredType::kFloat32;
  std::int32_t channels = 0, filters = 0;                ///< that count
  std::int32_t stored_channels = 0, stored_filters = 0;  ///< in memory
  std::int32_t groups = 1;
  std::int32_t height = 0, width = 0, out_height = 0, out_width = 0;
  std::int32_t kernel[2] = {1, 1}, stride[2] = {1, 1}, pad[2] = {0, 0}, dilation[2] = {1, 1};
  const float* weight = nullptr;  ///< [kernel height, kernel width, channels of a group, filters]
  const float* bias = nullptr;    ///< [filters]
  Activation behind;
};

/// y = f(convolution + bias + residual), `residual` being null or like y. One thread for each
/// output element. Throws Error.
void convolve_directly(const DirectConvolution& convolution, const void* x, const void* residual,
                       void* y, std::int64_t batch, cudaStream_t stream);

}  // namespace ockham::cuda
