// Pooling, channels last, and what its threads do: each has neighbouring channels of a pixel of the
// output.
#pragma once

#include <cmath>
#include <cstdint>

#include "runtime/cuda/element_types.h"
#include "runtime/cuda/item.h"
#include "runtime/graph/extrema.h"
#include "runtime/graph/operators/pool2d.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

struct Pooling {
  PoolKind kind = PoolKind::kMax;
  bool count_include_pad = false;
  StoredType type = StoredType::kFloat32;
  std::int32_t channels = 0;  ///< in memory
  std::int32_t height = 0, width = 0, out_height = 0, out_width = 0;
  std::int32_t kernel[2] = {1, 1}, stride[2] = {1, 1}, pad[2] = {0, 0};  ///< height, width
};

/// A window, cut to the image.
struct PooledWindow {
  int top, bottom, left, right;  ///< without bottom and right themselves

  OCKHAM_HOST_DEVICE int pixels() const { return (bottom - top) * (right - left); }
};

OCKHAM_HOST_DEVICE inline PooledWindow pooled_window(const Pooling& p, const Item& item) {
  const int top = item.row * p.stride[0] - p.pad[0], left = item.column * p.stride[1] - p.pad[1];
  const int bottom = top + p.kernel[0], right = left + p.kernel[1];
  return {top < 0 ? 0 : top, bottom < p.height ? bottom : p.height, left < 0 ? 0 : left,
          right < p.width ? right : p.width};
}

/// What a mean over the window is divided by.
OCKHAM_HOST_DEVICE inline int mean_divisor(const Pooling& p, const PooledWindow& window) {
  return p.count_include_pad ? p.kernel[0] * p.kernel[1] : window.pixels();
}

/// The first element that an image reads.
template <class T>
OCKHAM_HOST_DEVICE const T* image_read(const Pooling& p, const T* x, const Item& item) {
  return x + static_cast<std::int64_t>(item.image) * p.height * p.width * p.channels;
}

/// The largest of each of neighbouring channels: what is not a number wins.
template <class T, int kCount>
class LargestOf {
 public:
  OCKHAM_HOST_DEVICE LargestOf() {
    OCKHAM_UNROLL
    for (int k = 0; k < kCount; ++k) most_[k] = -INFINITY;
  }
  OCKHAM_HOST_DEVICE void add(const Neighbours<T, kCount>& x) {
    OCKHAM_UNROLL
    for (int k = 0; k < kCount; ++k) most_[k] = maximum(most_[k], to_float(x.elements[k]));
  }
  OCKHAM_HOST_DEVICE float of(int k, int) const { return most_[k]; }

 private:
  float most_[kCount];
};

template <class T, int kCount>
class MeanOf {
 public:
  OCKHAM_HOST_DEVICE void add(const Neighbours<T, kCount>& x) {
    OCKHAM_UNROLL
    for (int k = 0; k < kCount; ++k) sum_[k] += static_cast<double>(to_float(x.elements[k]));
  }
  OCKHAM_HOST_DEVICE float of(int k, int divisor) const {
    return static_cast<float>(sum_[k] / divisor);
  }

 private:
  double sum_[kCount] = {};
};

/// Adds what neighbouring channels have in a window. kExtent: both extents of the kernel, known to
/// the compiler.
template <int kExtent, class T, int kCount, template <class, int> class Result>
OCKHAM_HOST_DEVICE void add_known_window(const Pooling& p, const T* channels,
                                         const PooledWindow& window, Result<T, kCount>& result) {
  // All is read before the first number is needed. Where the window is cut, the pixels at its end
  // are read again, but not added.
  Neighbours<T, kCount> read[kExtent][kExtent];
  OCKHAM_UNROLL
  for (int y = 0; y < kExtent; ++y) {
    const int row = nearest_inside(window.top + y, window.bottom) * p.width;
    OCKHAM_UNROLL
    for (int x = 0; x < kExtent; ++x) {
      const int pixel = row + nearest_inside(window.left + x, window.right);
      read[y][x] = neighbours_at<kCount>(channels + pixel * p.channels);
    }
  }
  OCKHAM_UNROLL
  for (int y = 0; y < kExtent; ++y) {
    OCKHAM_UNROLL
    for (int x = 0; x < kExtent; ++x) {
      if (window.top + y < window.bottom && window.left + x < window.right) result.add(read[y][x]);
    }
  }
}

template <class T, int kCount, template <class, int> class Result>
OCKHAM_HOST_DEVICE void add_any_window(const Pooling& p, const T* channels,
                                       const PooledWindow& window, Result<T, kCount>& result) {
  for (int y = window.top; y < window.bottom; ++y) {
    for (int x = window.left; x < window.right; ++x) {
      result.add(neighbours_at<kCount>(channels + (y * p.width + x) * p.channels));
    }
  }
}

constexpr int kAnyExtent = 0;

template <int kExtent, class Result, class T, int kCount>
OCKHAM_HOST_DEVICE Neighbours<T, kCount> pooled(const Pooling& p, const T* channels,
                                                const PooledWindow& window) {
  Result result;
  if constexpr (kExtent == kAnyExtent) {
    add_any_window(p, channels, window, result);
  } else {
    add_known_window<kExtent>(p, channels, window, result);
  }
  Neighbours<T, kCount> written;
  OCKHAM_UNROLL
  for (int k = 0; k < kCount; ++k) {
    written.elements[k] = from_float<T>(result.of(k, mean_divisor(p, window)));
  }
  return written;
}

template <int kCount>
OCKHAM_HOST_DEVICE ItemExtents pooled_items(const Pooling& p) {
  return {p.out_height, p.out_width, p.channels / kCount};
}

/// Item i of `pooled_items<kCount>`.
template <int kExtent, int kCount, class T>
OCKHAM_HOST_DEVICE void pool_item(const Pooling& p, const T* x, T* y, int i) {
  const Item item = item_at(pooled_items<kCount>(p), i);
  const PooledWindow window = pooled_window(p, item);
  const T* channels = image_read(p, x, item) + item.part * kCount;
  const auto written = p.kind == PoolKind::kMax
                           ? pooled<kExtent, LargestOf<T, kCount>, T, kCount>(p, channels, window)
                           : pooled<kExtent, MeanOf<T, kCount>, T, kCount>(p, channels, window);
  write_neighbours(y + static_cast<std::int64_t>(i) * kCount, written);
}

/// Whether the kernel is what `pool_item` knows by kExtent.
inline bool has_extent(const Pooling& p, int extent) {
  return extent == kAnyExtent || (p.kernel[0] == extent && p.kernel[1] == extent);
}

}  // namespace ockham::cuda
