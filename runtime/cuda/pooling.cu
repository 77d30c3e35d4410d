#include "runtime/cuda/pooling.h"

#include "runtime/cuda/elements.cuh"

namespace ockham::cuda {
namespace {

template <int kExtent, int kCount, class T>
__global__ void pool_each(Pooling p, const T* x, T* y, int items) {
  const int step = static_cast<int>(thread_count());
  for (int i = static_cast<int>(thread_index()); i < items; i += step) {
    pool_item<kExtent, kCount>(p, x, y, i);
  }
}

/// One warp for each channel of each output pixel: where windows are large and outputs few.
template <class T>
__global__ void mean_by_warp(Pooling p, const T* x, T* y, int items) {
  constexpr unsigned kAll = 0xffffffffu;
  const int lane = static_cast<int>(threadIdx.x % 32);
  const int step = static_cast<int>(thread_count() / 32);
  for (int i = static_cast<int>(thread_index() / 32); i < items; i += step) {
    const Item item = item_at(pooled_items<1>(p), i);
    const PooledWindow window = pooled_window(p, item);
    const T* channel = image_read(p, x, item) + item.part;
    const int width = window.right - window.left;
    double sum = 0.0;
    for (int k = lane; k < window.pixels(); k += 32) {
      const int at = (window.top + k / width) * p.width + window.left + k % width;
      sum += static_cast<double>(to_float(channel[at * p.channels]));
    }
    for (int other = 16; other > 0; other /= 2) sum += __shfl_down_sync(kAll, sum, other);
    if (lane == 0) y[i] = from_float<T>(static_cast<float>(sum / mean_divisor(p, window)));
  }
}

template <int kCount, class T>
void launch_each(const Pooling& p, const T* x, T* y, int items, cudaStream_t stream) {
  const unsigned blocks = blocks_for(items);
  if (has_extent(p, 2)) {
    pool_each<2, kCount><<<blocks, kBlock, 0, stream>>>(p, x, y, items);
  } else if (has_extent(p, 3)) {
    pool_each<3, kCount><<<blocks, kBlock, 0, stream>>>(p, x, y, items);
  } else {
    pool_each<kAnyExtent, kCount><<<blocks, kBlock, 0, stream>>>(p, x, y, items);
  }
}

}  // namespace

void pool(const Pooling& p, const void* x, void* y, std::int64_t batch, cudaStream_t stream) {
  constexpr int kLargeWindow = 64;
  const bool by_warp = p.kind == PoolKind::kAverage && p.kernel[0] * p.kernel[1] >= kLargeWindow;
  const std::int64_t read = std::int64_t{p.height} * p.width * p.channels;
  const std::int64_t written = std::int64_t{p.out_height} * p.out_width * p.channels;
  with_type(p.type, [&](auto element) {
    using T = decltype(element);
    const auto fits = [&](int count) { return by_warp ? count == 1 : p.channels % count == 0; };
    with_neighbours<T>(fits, [&](auto count) {
      for_parts_of(batch, pooled_items<count>(p), [&](std::int64_t first, int items) {
        const T* from = static_cast<const T*>(x) + first * read;
        T* to = static_cast<T*>(y) + first * written;
        if (by_warp) {
          mean_by_warp<<<blocks_for(std::int64_t{items} * 32), kBlock, 0, stream>>>(p, from, to,
                                                                                    items);
        } else {
          launch_each<count>(p, from, to, items, stream);
        }
        check_launch("pooling");
      });
    });
  });
}

}  // namespace ockham::cuda
