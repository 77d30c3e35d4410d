#include "runtime/cuda/direct_convolution.h"
#include "runtime/cuda/elements.cuh"

namespace ockham::cuda {
namespace {

/// An output pixel of an image.
struct Pixel {
  std::int64_t image;
  int y, x;
};

/// The sum of products of filter k at the pixel.
template <class T>
__device__ float convolved(const DirectConvolution& c, const T* x, const Pixel& at, int k) {
  const int group_channels = c.channels / c.groups;
  const int first = k / (c.filters / c.groups) * group_channels;
  const T* image = x + at.image * c.height * c.width * c.stored_channels + first;
  const float* weight = c.weight + k;
  float sum = 0.0f;
  for (int ky = 0; ky < c.kernel[0]; ++ky) {
    const int iy = at.y * c.stride[0] - c.pad[0] + ky * c.dilation[0];
    for (int kx = 0; kx < c.kernel[1]; ++kx) {
      const int ix = at.x * c.stride[1] - c.pad[1] + kx * c.dilation[1];
      const bool inside = iy >= 0 && iy < c.height && ix >= 0 && ix < c.width;
      if (inside) {
        const T* pixel = image + (static_cast<std::int64_t>(iy) * c.width + ix) * c.stored_channels;
        for (int i = 0; i < group_channels; ++i) {
          sum += to_float(pixel[i]) * weight[static_cast<std::int64_t>(i) * c.filters];
        }
      }
      weight += static_cast<std::int64_t>(group_channels) * c.filters;
    }
  }
  return sum;
}

template <class T>
__global__ void convolve(DirectConvolution c, const T* x, const T* residual, T* y,
                         std::int64_t count) {
  for (std::int64_t i = thread_index(); i < count; i += thread_count()) {
    const int k = static_cast<int>(i % c.stored_filters);
    if (k >= c.filters) {
      y[i] = from_float<T>(0.0f);
      continue;
    }
    std::int64_t pixel = i / c.stored_filters;
    const int ox = static_cast<int>(pixel % c.out_width);
    pixel /= c.out_width;
    const Pixel at{pixel / c.out_height, static_cast<int>(pixel % c.out_height), ox};
    float sum = convolved(c, x, at, k) + c.bias[k];
    if (residual != nullptr) sum += to_float(residual[i]);
    y[i] = from_float<T>(c.behind(sum));
  }
}

}  // namespace

void convolve_directly(const DirectConvolution& convolution, const void* x, const void* residual,
                       void* y, std::int64_t batch, cudaStream_t stream) {
  const std::int64_t count = batch * convolution.out_height * convolution.out_width *
                             std::int64_t{convolution.stored_filters};
  with_type(convolution.type, [&](auto element) {
    using T = decltype(element);
    convolve<<<blocks_for(count), kBlock, 0, stream>>>(convolution, static_cast<const T*>(x),
                                                       static_cast<const T*>(residual),
                                                       static_cast<T*>(y), count);
  });
  check_launch("convolving");
}

}  // namespace ockham::cuda
