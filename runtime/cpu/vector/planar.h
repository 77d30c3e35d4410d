// Planar: the inner loop of convolutions of few channels, on vectors of pixels.
//
// In an image in row-major order, the pixels of a row lie side by side. A tile holds a vector of
// them for a few rows and filters in registers; at each step one weight of every filter is
// broadcast. So all lanes are full however few filters there are, and the largest of each square of
// 2x2 outputs, which a max pool wants, is found before anything is stored.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/cpu/vector/bounds.h"

namespace ockham::cpu {

/// Rows of outputs of all filters, for VectorTarget::run_planar: y[filter, i, j] = cut(bias[filter]
/// + sum over channel, row, column of x[channel, i + row, j + column] * weight[filter, channel,
/// row, column]), or the largest of each square of 2x2 of these. Strides are in floats.
struct PlanarRows {
  const float* x;
  std::int64_t x_row;      ///< from one row of the image to the next
  std::int64_t x_channel;  ///< from one channel to the next
  std::int64_t channels;
  std::int64_t window_rows, window_columns;
  const float* weights;  ///< as `planar_weight_index` orders them
  const float* bias;     ///< one per filter
  std::int64_t filters;
  bool pools;  ///< y has the largest of squares
  float* y;
  std::int64_t y_row;     ///< from one row to the next; behind a pool, of what that writes
  std::int64_t y_filter;  ///< from one filter to the next
  std::int64_t rows;      ///< of outputs, counted before the pool: at least 2, even with a pool
  std::int64_t columns;   ///< of outputs, counted before the pool: at least a vector, even with one
  Bounds bounds;
};

/// Filters are computed in groups, at most so many at a time.
constexpr std::int64_t kMostPlanarFilters = 6;

constexpr std::int64_t planar_groups(std::int64_t filters) {
  return (filters + kMostPlanarFilters - 1) / kMostPlanarFilters;
}

/// Of a group; that of the group behind the last is `filters`. Sizes differ by one at most.
constexpr std::int64_t first_planar_filter(std::int64_t filters, std::int64_t group) {
  const std::int64_t groups = planar_groups(filters);
  return filters / groups * group + std::min(group, filters % groups);
}

/// Where a weight lies: in [group][tap][filter of the group]. `taps` are those of a filter, `tap`
/// counts through them in the graph's order.
constexpr std::int64_t planar_weight_index(std::int64_t filters, std::int64_t taps,
                                           std::int64_t filter, std::int64_t tap) {
  std::int64_t group = 0;
  while (first_planar_filter(filters, group + 1) <= filter) ++group;
  const std::int64_t first = first_planar_filter(filters, group);
  const std::int64_t size = first_planar_filter(filters, group + 1) - first;
  return first * taps + tap * size + filter - first;
}

}  // namespace ockham::cpu
