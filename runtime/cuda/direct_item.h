// What a thread of a convolution by its definition does.
#pragma once

#include "runtime/cuda/convolution_item.h"

namespace ockham::cuda {

/// Whether so many neighbouring filters always belong to one group, and fill what is stored.
inline bool share_a_group(const Convolution& c, int filters) {
  return c.stored_filters % filters == 0 && (c.groups == 1 || c.filters / c.groups % filters == 0);
}

/// What a strip's pixels are multiplied with in one tap.
template <int kPixels>
struct TapPixels {
  int shift[kPixels];  ///< of the first channel; where the tap is outside, of the nearest inside
  bool inside[kPixels];
};

template <class T, int kPixels, int kFilters>
OCKHAM_HOST_DEVICE void add_tap(const Convolution& c, const T* channels,
                                const TapPixels<kPixels>& pixels, const float* weight,
                                StripSums<kPixels, kFilters>& sums) {
  const int group_channels = c.channels / c.groups;
  for (int i = 0; i < group_channels; ++i, weight += c.stored_filters) {
    const auto w = neighbours_at<kFilters>(weight);
    float x[kPixels];
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) x[p] = to_float(channels[pixels.shift[p] + i]);
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) {
      if (!pixels.inside[p]) continue;
      OCKHAM_UNROLL
      for (int f = 0; f < kFilters; ++f) sums.of[p][f] += x[p] * w.elements[f];
    }
  }
}

template <class T, int kPixels, int kFilters>
OCKHAM_HOST_DEVICE void add_taps(const Convolution& c, const T* channels, const Item& item,
                                 StripSums<kPixels, kFilters>& sums) {
  const int filter = item.part * kFilters;
  const float* weight = c.weight + filter;
  const std::int64_t tap_weights = std::int64_t{c.channels / c.groups} * c.stored_filters;
  for (int ky = 0; ky < c.kernel[0]; ++ky) {
    const int y = item.row * c.stride[0] - c.pad[0] + ky * c.dilation[0];
    for (int kx = 0; kx < c.kernel[1]; ++kx, weight += tap_weights) {
      if (!is_inside(y, c.height)) continue;
      TapPixels<kPixels> pixels;
      OCKHAM_UNROLL
      for (int p = 0; p < kPixels; ++p) {
        const int column = item.column * kPixels + p;
        const int x = column * c.stride[1] - c.pad[1] + kx * c.dilation[1];
        pixels.inside[p] = is_inside(x, c.width);
        pixels.shift[p] = (y * c.width + nearest_inside(x, c.width)) * c.stored_channels;
      }
      add_tap(c, channels, pixels, weight, sums);
    }
  }
}

/// Filters that are neighbours in a strip share a group.
template <int kPixels, int kFilters>
struct DirectStrips : Strips<kPixels, kFilters> {
  template <class T>
  OCKHAM_HOST_DEVICE static void convolve(const Convolution& c, const ConvolutionArrays<T>& arrays,
                                          int i) {
    const Item item = item_at(DirectStrips::extents(c), i);
    StripSums<kPixels, kFilters> sums;
    const int filter = item.part * kFilters;
    if (filter < c.filters) {  // those behind are padding, and have no group
      const int group = filter / (c.filters / c.groups);
      const T* image = image_read(c, arrays.x, item);
      add_taps(c, image + group * (c.channels / c.groups), item, sums);
    }
    write_strip(c, arrays, item, sums);
  }
};

}  // namespace ockham::cuda
