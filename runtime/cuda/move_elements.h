// Moves elements by a table.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/cuda/move_tables.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

struct MovedSide {
  StoredType type = StoredType::kFloat32;
  std::int64_t elements = 0;  ///< of one image, in memory
};

struct Movement {
  const void* from;
  MovedSide from_side;
  void* to;
  MovedSide to_side;
  const std::int32_t* table;  ///< [to_side.elements]: see move_tables.h
  float filling;
  std::int64_t batch;
};

/// Moves all images. Throws Error.
void move_elements(const Movement& movement, cudaStream_t stream);

}  // namespace ockham::cuda
