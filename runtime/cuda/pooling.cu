#include <type_traits>

#include "runtime/cuda/elements.cuh"
#include "runtime/cuda/pooling.h"
#include "runtime/graph/extrema.h"

namespace ockham::cuda {
namespace {

/// A window on one axis, cut to the image.
struct Cut {
  int begin, end;
};

__device__ Cut cut(const Pooling& p, int axis, int position, int extent) {
  const int begin = position * p.stride[axis] - p.pad[axis];
  return {max(begin, 0), min(begin + p.kernel[axis], extent)};
}

/// The largest of `count` neighbouring channels each, over a window.
template <class T, int count>
__device__ Neighbours<T, count> largest(const Pooling& p, const Neighbours<T, count>* image, Cut ys,
                                        Cut xs, int stride) {
  float most[count];
  const Neighbours<T, count> first = image[(ys.begin * p.width + xs.begin) * stride];
  for (int k = 0; k < count; ++k) most[k] = to_float(first.elements[k]);
  for (int y = ys.begin; y < ys.end; ++y) {
    for (int x = xs.begin; x < xs.end; ++x) {
      const Neighbours<T, count> next = image[(y * p.width + x) * stride];
      for (int k = 0; k < count; ++k) most[k] = maximum(most[k], to_float(next.elements[k]));
    }
  }
  Neighbours<T, count> found;
  for (int k = 0; k < count; ++k) found.elements[k] = from_float<T>(most[k]);
  return found;
}

template <class T, int count>
__device__ Neighbours<T, count> mean(const Pooling& p, const Neighbours<T, count>* image, Cut ys,
                                     Cut xs, int stride) {
  double sum[count] = {};
  for (int y = ys.begin; y < ys.end; ++y) {
    for (int x = xs.begin; x < xs.end; ++x) {
      const Neighbours<T, count> next = image[(y * p.width + x) * stride];
      for (int k = 0; k < count; ++k) sum[k] += static_cast<double>(to_float(next.elements[k]));
    }
  }
  const int inside = (ys.end - ys.begin) * (xs.end - xs.begin);
  const double divisor = p.count_include_pad ? p.kernel[0] * p.kernel[1] : inside;
  Neighbours<T, count> found;
  for (int k = 0; k < count; ++k) {
    found.elements[k] = from_float<T>(static_cast<float>(sum[k] / divisor));
  }
  return found;
}

/// One thread for `count` neighbouring channels of each output pixel.
template <class T, int count>
__global__ void pool_each(Pooling p, const Neighbours<T, count>* x, Neighbours<T, count>* y,
                          std::int64_t results) {
  const int stride = p.channels / count;
  for (std::int64_t i = thread_index(); i < results; i += thread_count()) {
    const int c = static_cast<int>(i % stride);
    std::int64_t pixel = i / stride;
    const int ox = static_cast<int>(pixel % p.out_width);
    pixel /= p.out_width;
    const int oy = static_cast<int>(pixel % p.out_height);
    const auto* image = x + pixel / p.out_height * p.height * p.width * stride + c;
    const Cut ys = cut(p, 0, oy, p.height), xs = cut(p, 1, ox, p.width);
    y[i] = p.kind == PoolKind::kMax ? largest(p, image, ys, xs, stride)
                                    : mean(p, image, ys, xs, stride);
  }
}

/// One warp for each channel of each output pixel: where windows are large and outputs few.
template <class T>
__global__ void mean_by_warp(Pooling p, const T* x, T* y, std::int64_t count) {
  constexpr unsigned kAll = 0xffffffffu;
  const int lane = static_cast<int>(threadIdx.x % 32);
  for (std::int64_t i = thread_index() / 32; i < count; i += thread_count() / 32) {
    const int c = static_cast<int>(i % p.channels);
    std::int64_t pixel = i / p.channels;
    const int ox = static_cast<int>(pixel % p.out_width);
    pixel /= p.out_width;
    const int oy = static_cast<int>(pixel % p.out_height);
    const T* image = x + pixel / p.out_height * p.height * p.width * p.channels + c;
    const Cut ys = cut(p, 0, oy, p.height), xs = cut(p, 1, ox, p.width);
    const int width = xs.end - xs.begin, inside = (ys.end - ys.begin) * width;
    double sum = 0.0;
    for (int k = lane; k < inside; k += 32) {
      const int at = (ys.begin + k / width) * p.width + xs.begin + k % width;
      sum += static_cast<double>(to_float(image[static_cast<std::int64_t>(at) * p.channels]));
    }
    for (int step = 16; step > 0; step /= 2) sum += __shfl_down_sync(kAll, sum, step);
    const int padded = p.kernel[0] * p.kernel[1];
    if (lane == 0) {
      y[i] = from_float<T>(static_cast<float>(sum / (p.count_include_pad ? padded : inside)));
    }
  }
}

}  // namespace

void pool(const Pooling& pooling, const void* x, void* y, std::int64_t batch, cudaStream_t stream) {
  const std::int64_t count =
      batch * pooling.out_height * pooling.out_width * std::int64_t{pooling.channels};
  constexpr int kLargeWindow = 64;
  const bool by_warp =
      pooling.kind == PoolKind::kAverage && pooling.kernel[0] * pooling.kernel[1] >= kLargeWindow;
  with_type(pooling.type, [&](auto element) {
    using T = decltype(element);
    const auto pool_by = [&]<int neighbours>(std::integral_constant<int, neighbours>) {
      using Vector = Neighbours<T, neighbours>;
      pool_each<T, neighbours><<<blocks_for(count / neighbours), kBlock, 0, stream>>>(
          pooling, static_cast<const Vector*>(x), static_cast<Vector*>(y), count / neighbours);
    };
    if (by_warp) {
      mean_by_warp<<<blocks_for(count * 32), kBlock, 0, stream>>>(pooling, static_cast<const T*>(x),
                                                                  static_cast<T*>(y), count);
    } else if (pooling.channels % kNeighbours<T> == 0) {
      pool_by(std::integral_constant<int, kNeighbours<T>>());
    } else if (pooling.channels % 4 == 0) {
      pool_by(std::integral_constant<int, 4>());
    } else {
      pool_by(std::integral_constant<int, 1>());
    }
  });
  check_launch("pooling");
}

}  // namespace ockham::cuda
