// Images from the graph's layout into the device's, and back.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/plan/storage.h"

namespace ockham::cuda {

struct ImagePacking {
  StoredType type = StoredType::kFloat32;  ///< channels last; row-major is float32
  std::int32_t channels = 0, stored = 0;   ///< of an image, and in memory
  std::int32_t pixels = 1;
};

/// [batch, channels, pixels] in float32 becomes [batch, pixels, stored], zeros in padded channels.
/// Throws Error.
void pack_images(const ImagePacking& packing, const float* x, void* y, std::int64_t batch,
                 cudaStream_t stream);

}  // namespace ockham::cuda
