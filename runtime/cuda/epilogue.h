// What is behind a layer, where the library that computed the layer could not take it in.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/cuda/activation.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

struct Epilogue {
  StoredType type = StoredType::kFloat32;
  std::int64_t channels = 0, stored = 0;  ///< that count, and in memory
  const float* bias = nullptr;            ///< [stored]
  Activation behind;
};

/// y = f(y + bias + residual) over `pixels` pixels, `residual` being null or like y. Throws Error.
void apply_epilogue(const Epilogue& epilogue, const void* residual, void* y, std::int64_t pixels,
                    cudaStream_t stream);

}  // namespace ockham::cuda
