// Moves elements by a table.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/plan/storage.h"

namespace ockham::cuda {

// What a table has for a position of the output that no element of the input goes to.
inline constexpr std::int32_t kMovedZero = -1;     ///< 0: a padded channel
inline constexpr std::int32_t kMovedFilling = -2;  ///< the operator's filling
inline constexpr std::int32_t kNotMoved = -3;      ///< left alone: another input's

struct MovedSide {
  StoredType type = StoredType::kFloat32;
  std::int64_t elements = 0;  ///< of one image, in memory
};

struct Movement {
  const void* from;
  MovedSide from_side;
  void* to;
  MovedSide to_side;
  const std::int32_t* table;  ///< [to_side.elements]: positions in an image of `from`, or one above
  float filling;
  std::int64_t batch;
};

/// Moves all images. Throws Error.
void move_elements(const Movement& movement, cudaStream_t stream);

}  // namespace ockham::cuda
