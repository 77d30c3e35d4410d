// What kernels over elements of any stored type have in common: types, grids, launches.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "runtime/cuda/element_types.h"
#include "runtime/cuda/status.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

/// Calls `visit` with a value of the stored type.
template <class Visit>
void with_type(StoredType type, Visit visit) {
  switch (type) {
    case StoredType::kFloat32:
      return visit(float{});
    case StoredType::kFloat16:
      return visit(__half{});
    case StoredType::kBfloat16:
      return visit(__nv_bfloat16{});
    case StoredType::kUint8:  // nothing on this device has any
      return;
  }
}

/// Calls `visit` with the most neighbours, an integral constant, that are no more than 16 bytes and
/// of which `fits` is true. One always fits.
template <class T, int most = kNeighbours<T>, class Fits, class Visit>
void with_neighbours(Fits fits, Visit visit) {
  if constexpr (most > 1) {
    if (!fits(most)) return with_neighbours<T, most / 2>(fits, visit);
  }
  visit(std::integral_constant<int, most>());
}

constexpr int kBlock = 256;                  ///< threads of a block
constexpr std::int64_t kMostBlocks = 65535;  ///< of a grid's second axis

/// Blocks for so many elements, one a thread; threads go on in steps of the grid where there are
/// more.
inline unsigned blocks_for(std::int64_t elements, int block = kBlock) {
  constexpr std::int64_t kMost = 1 << 20;
  const std::int64_t blocks = (elements + block - 1) / block;
  return static_cast<unsigned>(blocks < 1 ? 1 : blocks < kMost ? blocks : kMost);
}

/// Number of this thread in the grid, and of all its threads.
__device__ inline std::int64_t thread_index() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline std::int64_t thread_count() {
  return static_cast<std::int64_t>(gridDim.x) * blockDim.x;
}

/// Throws Error where the kernel before could not be launched.
inline void check_launch(const char* doing) { check(cudaGetLastError(), doing); }

}  // namespace ockham::cuda
