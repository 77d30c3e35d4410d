// Elements of activations in kernels: any stored type, computed in float.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <cstdint>

#include "runtime/cuda/status.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

__device__ inline float to_float(float x) { return x; }
__device__ inline float to_float(__half x) { return __half2float(x); }
__device__ inline float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }

template <class T>
__device__ T from_float(float x);
template <>
__device__ inline float from_float<float>(float x) {
  return x;
}
template <>
__device__ inline __half from_float<__half>(float x) {
  return __float2half_rn(x);
}
template <>
__device__ inline __nv_bfloat16 from_float<__nv_bfloat16>(float x) {
  return __float2bfloat16_rn(x);
}

/// So many neighbours, read and written at once: their address is a multiple of their size.
template <class T, int count>
struct alignas(sizeof(T) * count) Neighbours {
  T elements[count];
};

/// How many elements of a type are 16 bytes.
template <class T>
inline constexpr int kNeighbours = static_cast<int>(16 / sizeof(T));

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
  }
}

constexpr int kBlock = 256;                  ///< threads of a block
constexpr std::int64_t kMostBlocks = 65535;  ///< of a grid's second axis

/// Blocks for so many elements, one a thread; threads go on in steps of the grid where there are
/// more.
inline unsigned blocks_for(std::int64_t elements) {
  constexpr std::int64_t kMost = 1 << 20;
  const std::int64_t blocks = (elements + kBlock - 1) / kBlock;
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
