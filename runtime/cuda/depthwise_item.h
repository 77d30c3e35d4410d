// What a thread of a depthwise convolution does: one filter for each channel.
#pragma once

#include "runtime/cuda/convolution_item.h"

namespace ockham::cuda {

/// A square window without dilation that the compiler knows, and so can keep what neighbouring
/// pixels share.
template <int kExtent, int kStride>
struct KnownWindow {
  static bool is_of(const Convolution& c) {
    return c.kernel[0] == kExtent && c.kernel[1] == kExtent && c.stride[0] == kStride &&
           c.stride[1] == kStride && c.dilation[0] == 1 && c.dilation[1] == 1;
  }
};

/// Whatever the convolution says.
struct AnyWindow {
  static bool is_of(const Convolution&) { return true; }
};

/// Adds one row of the window. What lies outside the image is not multiplied: its weight may not be
/// finite. It is read all the same, as the nearest inside: no load then waits for a branch.
template <class T, int kExtent, int kStride, int kPixels, int kFilters>
OCKHAM_HOST_DEVICE void add_row(const Convolution& c, const T* row, const float* weight, int left,
                                StripSums<kPixels, kFilters>& sums) {
  constexpr int kColumns = (kPixels - 1) * kStride + kExtent;
  Neighbours<T, kFilters> x[kColumns];
  OCKHAM_UNROLL
  for (int i = 0; i < kColumns; ++i) {
    x[i] = neighbours_at<kFilters>(row + nearest_inside(left + i, c.width) * c.stored_channels);
  }
  Neighbours<float, kFilters> w[kExtent];
  OCKHAM_UNROLL
  for (int i = 0; i < kExtent; ++i, weight += c.stored_filters) {
    w[i] = neighbours_at<kFilters>(weight);
  }
  OCKHAM_UNROLL
  for (int i = 0; i < kColumns; ++i) {
    if (!is_inside(left + i, c.width)) continue;
    OCKHAM_UNROLL
    for (int f = 0; f < kFilters; ++f) {
      const float factor = to_float(x[i].elements[f]);
      OCKHAM_UNROLL
      for (int p = 0; p < kPixels; ++p) {
        const int tap = i - p * kStride;
        if (tap >= 0 && tap < kExtent) sums.of[p][f] += factor * w[tap].elements[f];
      }
    }
  }
}

template <class T, int kExtent, int kStride, int kPixels, int kFilters>
OCKHAM_HOST_DEVICE void add_taps(KnownWindow<kExtent, kStride>, const Convolution& c,
                                 const T* image, const Item& item,
                                 StripSums<kPixels, kFilters>& sums) {
  const int top = item.row * kStride - c.pad[0];
  const int left = item.column * kPixels * kStride - c.pad[1];
  const int filter = item.part * kFilters;
  const float* weight = c.weight + filter;
  // A single pixel has registers for all rows at once; a strip would spill.
  [[maybe_unused]] constexpr int kRowsAtOnce = kPixels == 1 ? kExtent : 1;
  const int row_weights = kExtent * c.stored_filters;
  OCKHAM_UNROLL_BY(kRowsAtOnce)
  for (int ky = 0; ky < kExtent; ++ky, weight += row_weights) {
    if (!is_inside(top + ky, c.height)) continue;
    const T* row = image + (top + ky) * c.width * c.stored_channels;
    add_row<T, kExtent, kStride>(c, row, weight, left, sums);
  }
}

template <class T, int kPixels, int kFilters>
OCKHAM_HOST_DEVICE void add_taps(AnyWindow, const Convolution& c, const T* image, const Item& item,
                                 StripSums<kPixels, kFilters>& sums) {
  const int filter = item.part * kFilters;
  const float* weight = c.weight + filter;
  for (int ky = 0; ky < c.kernel[0]; ++ky) {
    const int y = item.row * c.stride[0] - c.pad[0] + ky * c.dilation[0];
    for (int kx = 0; kx < c.kernel[1]; ++kx, weight += c.stored_filters) {
      if (!is_inside(y, c.height)) continue;
      const auto w = neighbours_at<kFilters>(weight);
      OCKHAM_UNROLL
      for (int p = 0; p < kPixels; ++p) {
        const int column = item.column * kPixels + p;
        const int x = column * c.stride[1] - c.pad[1] + kx * c.dilation[1];
        const int nearest = y * c.width + nearest_inside(x, c.width);
        const auto factors = neighbours_at<kFilters>(image + nearest * c.stored_channels);
        if (!is_inside(x, c.width)) continue;
        OCKHAM_UNROLL
        for (int f = 0; f < kFilters; ++f) {
          sums.of[p][f] += to_float(factors.elements[f]) * w.elements[f];
        }
      }
    }
  }
}

/// As many channels are stored as filters, a multiple of kFilters.
template <class Window, int kPixels, int kFilters>
struct DepthwiseStrips : Strips<kPixels, kFilters> {
  template <class T>
  OCKHAM_HOST_DEVICE static void convolve(const Convolution& c, const ConvolutionArrays<T>& arrays,
                                          int i) {
    const Item item = item_at(DepthwiseStrips::extents(c), i);
    StripSums<kPixels, kFilters> sums;
    const T* image = image_read(c, arrays.x, item) + item.part * kFilters;
    add_taps(Window(), c, image, item, sums);
    write_strip(c, arrays, item, sums);
  }
};

}  // namespace ockham::cuda
