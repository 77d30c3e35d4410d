// Pooling, channels last.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/graph/operators/pool2d.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

struct Pooling {
  PoolKind kind = PoolKind::kMax;
  bool count_include_pad = false;
  StoredType type = StoredType::kFloat32;
  std::int32_t channels = 0;  ///< in memory
  std::int32_t height = 0, width = 0, out_height = 0, out_width = 0;
  std::int32_t kernel[2] = {1, 1}, stride[2] = {1, 1}, pad[2] = {0, 0};  ///< height, width
};

/// The largest of each window (what is not a number wins), or the mean (summed in double). Throws
/// Error.
void pool(const Pooling& pooling, const void* x, void* y, std::int64_t batch, cudaStream_t stream);

}  // namespace ockham::cuda
