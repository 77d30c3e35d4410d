// Our convolutions, channels last, and what all their threads do: each has a strip of neighbouring
// pixels of a row of the output, and a few neighbouring filters.
#pragma once

#include <cstdint>

#include "runtime/cuda/activation.h"
#include "runtime/cuda/element_types.h"
#include "runtime/cuda/item.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

/// y = f(convolution + bias + residual).
struct Convolution {
  StoredType type = StoredType::kFloat32;
  std::int32_t channels = 0, filters = 0;                ///< that count
  std::int32_t stored_channels = 0, stored_filters = 0;  ///< in memory
  std::int32_t groups = 1;
  std::int32_t height = 0, width = 0, out_height = 0, out_width = 0;
  std::int32_t kernel[2] = {1, 1}, stride[2] = {1, 1}, pad[2] = {0, 0}, dilation[2] = {1, 1};
  /// [kernel height, kernel width, channels of a group, stored filters]
  const float* weight = nullptr;
  const float* bias = nullptr;  ///< [stored filters]
  Activation behind;
};

/// A convolution's arrays; `residual` is null or like y.
template <class T>
struct ConvolutionArrays {
  const T* x = nullptr;
  const T* residual = nullptr;
  T* y = nullptr;
};

template <class T>
ConvolutionArrays<T> arrays_of(const void* x, const void* residual, void* y) {
  return {static_cast<const T*>(x), static_cast<const T*>(residual), static_cast<T*>(y)};
}

/// Those of a batch without its first images.
template <class T>
ConvolutionArrays<T> from_image(const Convolution& c, const ConvolutionArrays<T>& arrays,
                                std::int64_t first) {
  const std::int64_t read = first * c.height * c.width * c.stored_channels;
  const std::int64_t written = first * c.out_height * c.out_width * c.stored_filters;
  return {arrays.x + read, arrays.residual == nullptr ? nullptr : arrays.residual + written,
          arrays.y + written};
}

/// What threads compute: each item is a strip of so many pixels and filters.
template <int kPixels, int kFilters>
struct Strips {
  OCKHAM_HOST_DEVICE static ItemExtents extents(const Convolution& c) {
    return {c.out_height, (c.out_width + kPixels - 1) / kPixels, c.stored_filters / kFilters};
  }
};

/// The first element that an image reads.
template <class T>
OCKHAM_HOST_DEVICE const T* image_read(const Convolution& c, const T* x, const Item& item) {
  return x + static_cast<std::int64_t>(item.image) * c.height * c.width * c.stored_channels;
}

/// The sums of a strip.
template <int kPixels, int kFilters>
struct StripSums {
  float of[kPixels][kFilters] = {};
};

/// f(sums + bias + residual), zeros where filters are padded. Pixels behind the row's last are not
/// written.
template <class T, int kPixels, int kFilters>
OCKHAM_HOST_DEVICE void write_strip(const Convolution& c, const ConvolutionArrays<T>& arrays,
                                    const Item& item, StripSums<kPixels, kFilters>& sums) {
  const int filter = item.part * kFilters, column = item.column * kPixels;
  const std::int64_t row = static_cast<std::int64_t>(item.image) * c.out_height + item.row;
  const std::int64_t first = (row * c.out_width + column) * c.stored_filters + filter;
  const auto bias = neighbours_at<kFilters>(c.bias + filter);
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    OCKHAM_UNROLL
    for (int f = 0; f < kFilters; ++f) sums.of[p][f] += bias.elements[f];
    if (arrays.residual == nullptr || column + p >= c.out_width) continue;
    const auto added = neighbours_at<kFilters>(arrays.residual + first + p * c.stored_filters);
    OCKHAM_UNROLL
    for (int f = 0; f < kFilters; ++f) sums.of[p][f] += to_float(added.elements[f]);
  }
  c.behind.apply_to_each(sums.of);
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    Neighbours<T, kFilters> results;
    OCKHAM_UNROLL
    for (int f = 0; f < kFilters; ++f) {
      results.elements[f] = from_float<T>(filter + f < c.filters ? sums.of[p][f] : 0.0f);
    }
    if (column + p < c.out_width) {
      write_neighbours(arrays.y + first + p * c.stored_filters, results);
    }
  }
}

}  // namespace ockham::cuda
