#include "runtime/cuda/binary_function.h"
#include "runtime/cuda/elements.cuh"
#include "runtime/cuda/elementwise.h"

namespace ockham::cuda {
namespace {

dim3 grid_for(const Elements& elements, std::int64_t batch) {
  return {blocks_for(elements.elements), static_cast<unsigned>(std::min(batch, kMostBlocks))};
}

/// Whether the position holds a padded channel.
__device__ bool is_padding(const Elements& elements, std::int64_t position) {
  return elements.stored != elements.channels && position % elements.stored >= elements.channels;
}

template <class T>
__global__ void unary(Activation function, Elements elements, const T* x, T* y,
                      std::int64_t batch) {
  for (std::int64_t n = blockIdx.y; n < batch; n += gridDim.y) {
    for (std::int64_t i = thread_index(); i < elements.elements; i += thread_count()) {
      const std::int64_t at = n * elements.elements + i;
      const float value = is_padding(elements, i) ? 0.0f : function(to_float(x[at]));
      y[at] = from_float<T>(value);
    }
  }
}

template <class T>
__device__ float read(const Operand& from, std::int64_t image, std::int64_t position) {
  const std::int64_t at = from.table == nullptr ? position : from.table[position];
  return to_float(static_cast<const T*>(from.data)[image * from.image + at]);
}

template <class A, class B, class T>
__global__ void binary(BinaryKind kind, Activation behind, Elements result, Operand a, Operand b,
                       T* y, std::int64_t batch) {
  for (std::int64_t n = blockIdx.y; n < batch; n += gridDim.y) {
    for (std::int64_t i = thread_index(); i < result.elements; i += thread_count()) {
      float value = 0.0f;
      if (!is_padding(result, i)) value = behind(apply(kind, read<A>(a, n, i), read<B>(b, n, i)));
      y[n * result.elements + i] = from_float<T>(value);
    }
  }
}

template <class T>
__global__ void affine(Activation behind, Elements elements, const float* factor,
                       const float* shift, const std::int32_t* channel_of, const T* x, T* y,
                       std::int64_t batch) {
  for (std::int64_t n = blockIdx.y; n < batch; n += gridDim.y) {
    for (std::int64_t i = thread_index(); i < elements.elements; i += thread_count()) {
      const std::int64_t at = n * elements.elements + i;
      const std::int32_t c = channel_of[i];
      const float value = c < 0 ? 0.0f : behind(to_float(x[at]) * factor[c] + shift[c]);
      y[at] = from_float<T>(value);
    }
  }
}

}  // namespace

void apply_unary(const Activation& function, const Elements& elements, const void* x, void* y,
                 std::int64_t batch, cudaStream_t stream) {
  with_type(elements.type, [&](auto element) {
    using T = decltype(element);
    unary<<<grid_for(elements, batch), kBlock, 0, stream>>>(
        function, elements, static_cast<const T*>(x), static_cast<T*>(y), batch);
  });
  check_launch("applying a function");
}

void apply_binary(BinaryKind kind, const Activation& behind, const Elements& result,
                  const Operand& a, const Operand& b, void* y, std::int64_t batch,
                  cudaStream_t stream) {
  const dim3 grid = grid_for(result, batch);
  with_type(result.type, [&](auto element) {
    using T = decltype(element);
    T* to = static_cast<T*>(y);
    if (a.type == result.type && b.type == result.type) {
      binary<T, T><<<grid, kBlock, 0, stream>>>(kind, behind, result, a, b, to, batch);
    } else if (a.type == result.type) {
      binary<T, float><<<grid, kBlock, 0, stream>>>(kind, behind, result, a, b, to, batch);
    } else if (b.type == result.type) {
      binary<float, T><<<grid, kBlock, 0, stream>>>(kind, behind, result, a, b, to, batch);
    } else {
      binary<float, float><<<grid, kBlock, 0, stream>>>(kind, behind, result, a, b, to, batch);
    }
  });
  check_launch("applying a function of two numbers");
}

void apply_affine(const Activation& behind, const Elements& elements, const float* factor,
                  const float* shift, const std::int32_t* channel_of, const void* x, void* y,
                  std::int64_t batch, cudaStream_t stream) {
  with_type(elements.type, [&](auto element) {
    using T = decltype(element);
    affine<<<grid_for(elements, batch), kBlock, 0, stream>>>(behind, elements, factor, shift,
                                                             channel_of, static_cast<const T*>(x),
                                                             static_cast<T*>(y), batch);
  });
  check_launch("normalising");
}

}  // namespace ockham::cuda
