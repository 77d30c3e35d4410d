// Linear layers by their definition: one warp for each neuron of each image.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/cuda/activation.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

struct DirectLinear {
  StoredType type = StoredType::kFloat32;         ///< of activations
  StoredType weight_type = StoredType::kFloat32;  ///< `type`, or float32
  std::int32_t inputs = 0;                        ///< in memory
  std::int32_t neurons = 0, stored_neurons = 0;   ///< that count, and in memory
  const void* weight = nullptr;                   ///< [stored neurons, inputs]
  const float* bias = nullptr;                    ///< [stored neurons]
  Activation behind;
};

/// y = f(W x + b + residual), `residual` being null or like y. Throws Error.
void apply_linear_directly(const DirectLinear& linear, const void* x, const void* residual, void* y,
                           std::int64_t batch, cudaStream_t stream);

}  // namespace ockham::cuda
