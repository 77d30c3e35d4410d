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

template <class T>
__device__ float largest(const Pooling& p, const T* image, Cut ys, Cut xs) {
  float most = to_float(image[(ys.begin * p.width + xs.begin) * p.channels]);
  for (int y = ys.begin; y < ys.end; ++y) {
    for (int x = xs.begin; x < xs.end; ++x) {
      most = maximum(most, to_float(image[(y * p.width + x) * p.channels]));
    }
  }
  return most;
}

template <class T>
__device__ float mean(const Pooling& p, const T* image, Cut ys, Cut xs) {
  double sum = 0.0;
  for (int y = ys.begin; y < ys.end; ++y) {
    for (int x = xs.begin; x < xs.end; ++x) {
      sum += static_cast<double>(to_float(image[(y * p.width + x) * p.channels]));
    }
  }
  const int inside = (ys.end - ys.begin) * (xs.end - xs.begin);
  const int count = p.count_include_pad ? p.kernel[0] * p.kernel[1] : inside;
  return static_cast<float>(sum / static_cast<double>(count));
}

/// One thread for each channel of each output pixel.
template <class T>
__global__ void pool_each(Pooling p, const T* x, T* y, std::int64_t count) {
  for (std::int64_t i = thread_index(); i < count; i += thread_count()) {
    const int c = static_cast<int>(i % p.channels);
    std::int64_t pixel = i / p.channels;
    const int ox = static_cast<int>(pixel % p.out_width);
    pixel /= p.out_width;
    const int oy = static_cast<int>(pixel % p.out_height);
    const T* image = x + pixel / p.out_height * p.height * p.width * p.channels + c;
    const Cut ys = cut(p, 0, oy, p.height), xs = cut(p, 1, ox, p.width);
    const float found =
        p.kind == PoolKind::kMax ? largest(p, image, ys, xs) : mean(p, image, ys, xs);
    y[i] = from_float<T>(found);
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
  const bool by_warp = pooling.kind == PoolKind::kAverage &&
                       pooling.kernel[0] * pooling.kernel[1] >= kLargeWindow;
  with_type(pooling.type, [&](auto element) {
    using T = decltype(element);
    const T* from = static_cast<const T*>(x);
    T* to = static_cast<T*>(y);
    if (by_warp) {
      mean_by_warp<<<blocks_for(count * 32), kBlock, 0, stream>>>(pooling, from, to, count);
    } else {
      pool_each<<<blocks_for(count), kBlock, 0, stream>>>(pooling, from, to, count);
    }
  });
  check_launch("pooling");
}

}  // namespace ockham::cuda
