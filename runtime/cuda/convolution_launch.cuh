// Launches of our convolutions: one thread for each strip.
#pragma once

#include "runtime/cuda/convolution_item.h"
#include "runtime/cuda/elements.cuh"

namespace ockham::cuda {

constexpr int kStripBlock = 128;  ///< threads of a block
/// Blocks that a multiprocessor must have room for: no thread takes more than 128 registers.
constexpr int kStripBlocks = 4;

template <class Layer, class T>
__global__ void __launch_bounds__(kStripBlock, kStripBlocks)
    convolve(Convolution convolution, ConvolutionArrays<T> arrays, int items) {
  const int step = static_cast<int>(thread_count());
  for (int i = static_cast<int>(thread_index()); i < items; i += step) {
    Layer::convolve(convolution, arrays, i);
  }
}

/// Layer: DirectStrips or DepthwiseStrips. Throws Error.
template <class Layer, class T>
void launch_strips(const Convolution& c, const ConvolutionArrays<T>& arrays, std::int64_t batch,
                   cudaStream_t stream) {
  for_parts_of(batch, Layer::extents(c), [&](std::int64_t first, int items) {
    convolve<Layer><<<blocks_for(items, kStripBlock), kStripBlock, 0, stream>>>(
        c, from_image(c, arrays, first), items);
    check_launch("convolving");
  });
}

/// Calls `visit` with the pixels of a strip, an integral constant: several, which share what they
/// read, where there are still strips enough to keep a large device busy.
template <class Visit>
void with_pixels(const Convolution& c, std::int64_t batch, int filters, Visit visit) {
  constexpr int kPixels = 4;
  constexpr std::int64_t kEnough = 1 << 15;
  const std::int64_t strips =
      batch * c.out_height * ((c.out_width + kPixels - 1) / kPixels) * (c.stored_filters / filters);
  if (strips >= kEnough) return visit(std::integral_constant<int, kPixels>());
  visit(std::integral_constant<int, 1>());
}

}  // namespace ockham::cuda
