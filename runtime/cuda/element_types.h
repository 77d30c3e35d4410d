// Elements of activations: any stored type, computed in float. The device's own types are known
// only where nvcc compiles.
#pragma once

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#endif

#include "runtime/cuda/host_device.h"

namespace ockham::cuda {

OCKHAM_HOST_DEVICE inline float to_float(float x) { return x; }

template <class T>
OCKHAM_HOST_DEVICE T from_float(float x);
template <>
OCKHAM_HOST_DEVICE inline float from_float<float>(float x) {
  return x;
}

#ifdef __CUDACC__
OCKHAM_HOST_DEVICE inline float to_float(__half x) { return __half2float(x); }
OCKHAM_HOST_DEVICE inline float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }

template <>
OCKHAM_HOST_DEVICE inline __half from_float<__half>(float x) {
  return __float2half_rn(x);
}
template <>
OCKHAM_HOST_DEVICE inline __nv_bfloat16 from_float<__nv_bfloat16>(float x) {
  return __float2bfloat16_rn(x);
}
#endif

/// So many neighbours, read and written at once: their address is a multiple of their size.
template <class T, int count>
struct alignas(sizeof(T) * count) Neighbours {
  T elements[count];
};

/// How many elements of a type are 16 bytes.
template <class T>
inline constexpr int kNeighbours = static_cast<int>(16 / sizeof(T));

/// The neighbours from an element on.
template <int count, class T>
OCKHAM_HOST_DEVICE inline Neighbours<T, count> neighbours_at(const T* first) {
  return *reinterpret_cast<const Neighbours<T, count>*>(first);
}

template <class T, int count>
OCKHAM_HOST_DEVICE inline void write_neighbours(T* first, const Neighbours<T, count>& written) {
  *reinterpret_cast<Neighbours<T, count>*>(first) = written;
}

}  // namespace ockham::cuda
