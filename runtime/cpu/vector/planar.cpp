#include "runtime/cpu/vector/planar.h"

#include <algorithm>

// One body for every kind of vector: Highway compiles this file again for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/planar.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// This must come behind it.
#include "runtime/cpu/vector/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR  // no pixel has a neighbour in its vector: nobody chooses it

void run_planar(const PlanarRows&) {}

#else
namespace {

/// Rows of outputs that a tile has, where there are as many: twelve sums fill the adders, and with
/// what they are made from the sixteen registers of AVX2.
template <int kFilters>
constexpr int kMostRows = kFilters <= 3 ? 4 : 2;

/// What a tile computes: outputs from `i`, `j` on, of filters from `filter` on.
struct TilePlace {
  std::int64_t i, j, filter;
};

/// Adds one tap. Keeps the smaller of the two sets, pixels or weights, in registers.
template <int kRows, int kFilters>
HWY_INLINE void add_tap(const float* x, std::int64_t x_row, const float* weights,
                        Vector (&sums)[kRows][kFilters]) {
  const Floats d;
  if constexpr (kRows < kFilters) {
    Vector pixels[kRows];
    OCKHAM_UNROLL
    for (int r = 0; r < kRows; ++r) pixels[r] = hn::LoadU(d, x + r * x_row);
    OCKHAM_UNROLL
    for (int f = 0; f < kFilters; ++f) {
      const Vector weight = hn::Set(d, weights[f]);
      OCKHAM_UNROLL
      for (int r = 0; r < kRows; ++r) sums[r][f] = hn::MulAdd(pixels[r], weight, sums[r][f]);
    }
  } else {
    Vector weight[kFilters];
    OCKHAM_UNROLL
    for (int f = 0; f < kFilters; ++f) weight[f] = hn::Set(d, weights[f]);
    OCKHAM_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const Vector pixels = hn::LoadU(d, x + r * x_row);
      OCKHAM_UNROLL
      for (int f = 0; f < kFilters; ++f) sums[r][f] = hn::MulAdd(pixels, weight[f], sums[r][f]);
    }
  }
}

template <int kRows, int kFilters>
HWY_INLINE void store(const PlanarRows& rows, const Vector (&sums)[kRows][kFilters], float* y) {
  OCKHAM_UNROLL
  for (int f = 0; f < kFilters; ++f) {
    OCKHAM_UNROLL
    for (int r = 0; r < kRows; ++r) {
      hn::StoreU(cut(sums[r][f], rows.bounds), Floats(), y + f * rows.y_filter + r * rows.y_row);
    }
  }
}

/// The largest of each square: of two filters at once, each of which fills half a vector.
template <int kRows, int kFilters>
HWY_INLINE void store_largest(const PlanarRows& rows, const Vector (&sums)[kRows][kFilters],
                              float* y) {
  const Floats d;
  const hn::Half<Floats> half;
  const Bounds bounds = rows.bounds;
  const std::int64_t y_filter = rows.y_filter;
  OCKHAM_UNROLL
  for (int r = 0; r < kRows; r += 2) {
    Vector of_columns[kFilters + 1];
    OCKHAM_UNROLL
    for (int f = 0; f < kFilters; ++f) of_columns[f] = maximum(sums[r][f], sums[r + 1][f]);
    of_columns[kFilters] = of_columns[kFilters - 1];
    OCKHAM_UNROLL
    for (int f = 0; f < kFilters; f += 2) {
      const Vector even = hn::ConcatEven(d, of_columns[f + 1], of_columns[f]);
      const Vector odd = hn::ConcatOdd(d, of_columns[f + 1], of_columns[f]);
      const Vector largest = cut(maximum(even, odd), bounds);
      float* const to = y + f * y_filter + r / 2 * rows.y_row;
      hn::StoreU(hn::LowerHalf(half, largest), half, to);
      if (f + 1 < kFilters) hn::StoreU(hn::UpperHalf(half, largest), half, to + y_filter);
    }
  }
}

/// A vector of pixels in each of `kRows` rows, of `kFilters` filters.
template <int kRows, int kFilters>
HWY_NOINLINE void tile(const PlanarRows& rows, const TilePlace& place) {
  const Floats d;
  Vector sums[kRows][kFilters];
  OCKHAM_UNROLL
  for (int f = 0; f < kFilters; ++f) {
    const Vector bias = hn::Set(d, rows.bias[place.filter + f]);
    OCKHAM_UNROLL
    for (int r = 0; r < kRows; ++r) sums[r][f] = bias;
  }
  const float* weights =
      rows.weights + place.filter * rows.channels * rows.window_rows * rows.window_columns;
  const float* channel = rows.x + place.i * rows.x_row + place.j;
  for (std::int64_t c = 0; c < rows.channels; ++c, channel += rows.x_channel) {
    const float* row = channel;
    for (std::int64_t r = 0; r < rows.window_rows; ++r, row += rows.x_row) {
      for (std::int64_t column = 0; column < rows.window_columns; ++column) {
        add_tap<kRows, kFilters>(row + column, rows.x_row, weights, sums);
        weights += kFilters;
      }
    }
  }
  float* const y = rows.y + place.filter * rows.y_filter;
  if (rows.pools) {
    store_largest(rows, sums, y + place.i / 2 * rows.y_row + place.j / 2);
  } else {
    store(rows, sums, y + place.i * rows.y_row + place.j);
  }
}

/// Rows from `i` on, in tiles of `kRows`. The last tiles, of rows and of columns, overlap those
/// before them.
template <int kRows, int kFilters>
void run_tiles_of(const PlanarRows& rows, std::int64_t filter) {
  for (std::int64_t i = 0; i < rows.rows; i += kRows) {
    const std::int64_t first_row = std::min(i, rows.rows - kRows);
    for (std::int64_t j = 0; j < rows.columns; j += kLanes) {
      tile<kRows, kFilters>(rows, {first_row, std::min(j, rows.columns - kLanes), filter});
    }
  }
}

template <int kFilters>
void run_group(const PlanarRows& rows, std::int64_t filter) {
  if (rows.rows >= kMostRows<kFilters>) {
    run_tiles_of<kMostRows<kFilters>, kFilters>(rows, filter);
  } else {
    run_tiles_of<2, kFilters>(rows, filter);
  }
}

/// For each number of filters.
constexpr void (*kGroups[kMostPlanarFilters])(const PlanarRows& rows, std::int64_t filter) = {
    run_group<1>, run_group<2>, run_group<3>, run_group<4>, run_group<5>, run_group<6>};

}  // namespace

void run_planar(const PlanarRows& rows) {
  for (std::int64_t group = 0; group < planar_groups(rows.filters); ++group) {
    const std::int64_t first = first_planar_filter(rows.filters, group);
    kGroups[first_planar_filter(rows.filters, group + 1) - first - 1](rows, first);
  }
}

#endif

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
