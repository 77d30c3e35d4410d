#include "runtime/cpu/vector/winograd.h"

#include <limits>

// One body for every kind of vector: Highway compiles this file again for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/winograd.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// This must come behind it.
#include "runtime/cpu/vector/vectors-inl.h"

#ifndef OCKHAM_WINOGRAD_POINTS
#define OCKHAM_WINOGRAD_POINTS
namespace ockham::cpu {
/// Of tiles of 4x4: these, their negatives and 0.
constexpr float kA = 0.75f, kB = 1.5f;
}  // namespace ockham::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {
namespace {

HWY_INLINE Vector times(float a, Vector x) { return hn::Mul(hn::Set(Floats(), a), x); }
HWY_INLINE Vector plus_times(Vector sum, float a, Vector x) {
  return hn::MulAdd(hn::Set(Floats(), a), x, sum);
}

/// The transforms of tiles of 2x2 along one axis.
struct Tile2x2 {
  static constexpr int kOutputs = outputs_of(WinogradTile::k2x2);
  static constexpr int kPixels = pixels_of(WinogradTile::k2x2);

  static HWY_INLINE void input(const Vector (&d)[kPixels], Vector (&t)[kPixels]) {
    t[0] = hn::Sub(d[0], d[2]);
    t[1] = hn::Add(d[1], d[2]);
    t[2] = hn::Sub(d[2], d[1]);
    t[3] = hn::Sub(d[1], d[3]);
  }

  static HWY_INLINE void output(const Vector (&m)[kPixels], Vector (&y)[kOutputs]) {
    y[0] = hn::Add(hn::Add(m[0], m[1]), m[2]);
    y[1] = hn::Sub(hn::Sub(m[1], m[2]), m[3]);
  }
};

struct Tile4x4 {
  static constexpr int kOutputs = outputs_of(WinogradTile::k4x4);
  static constexpr int kPixels = pixels_of(WinogradTile::k4x4);

  static HWY_INLINE void input(const Vector (&d)[kPixels], Vector (&t)[kPixels]) {
    constexpr float kSum = kA * kA + kB * kB, kProduct = kA * kA * kB * kB;
    t[0] = plus_times(plus_times(d[4], -kSum, d[2]), kProduct, d[0]);
    const Vector even_a = plus_times(d[4], -kB * kB, d[2]);
    const Vector odd_a = plus_times(d[3], -kB * kB, d[1]);
    t[1] = plus_times(even_a, kA, odd_a);
    t[2] = plus_times(even_a, -kA, odd_a);
    const Vector even_b = plus_times(d[4], -kA * kA, d[2]);
    const Vector odd_b = plus_times(d[3], -kA * kA, d[1]);
    t[3] = plus_times(even_b, kB, odd_b);
    t[4] = plus_times(even_b, -kB, odd_b);
    t[5] = plus_times(plus_times(d[5], -kSum, d[3]), kProduct, d[1]);
  }

  static HWY_INLINE void output(const Vector (&m)[kPixels], Vector (&y)[kOutputs]) {
    const Vector even_a = hn::Add(m[1], m[2]), odd_a = hn::Sub(m[1], m[2]);
    const Vector even_b = hn::Add(m[3], m[4]), odd_b = hn::Sub(m[3], m[4]);
    y[0] = hn::Add(hn::Add(m[0], even_a), even_b);
    y[1] = plus_times(times(kA, odd_a), kB, odd_b);
    y[2] = plus_times(times(kA * kA, even_a), kB * kB, even_b);
    y[3] = plus_times(plus_times(m[5], kA * kA * kA, odd_a), kB * kB * kB, odd_b);
  }
};

/// Row `row` of what lies in columns.
template <int kColumns, int kRows>
HWY_INLINE void pick_row(const Vector (&columns)[kColumns][kRows], int row,
                         Vector (&picked)[kColumns]) {
  OCKHAM_UNROLL
  for (int column = 0; column < kColumns; ++column) picked[column] = columns[column][row];
}

template <class Tile>
HWY_INLINE void transform_pixels(const WinogradInput& tile, std::int64_t channel) {
  constexpr int kSide = Tile::kPixels;
  const Floats d;
  Vector columns[kSide][kSide];  // [column][row]
  OCKHAM_UNROLL
  for (int column = 0; column < kSide; ++column) {
    Vector pixels[kSide];
    OCKHAM_UNROLL
    for (int row = 0; row < kSide; ++row) {
      pixels[row] = hn::LoadU(d, tile.pixels[row * kSide + column] + channel);
    }
    Tile::input(pixels, columns[column]);
  }
  OCKHAM_UNROLL
  for (int row = 0; row < kSide; ++row) {
    Vector of_row[kSide], products[kSide];
    pick_row(columns, row, of_row);
    Tile::input(of_row, products);
    OCKHAM_UNROLL
    for (int column = 0; column < kSide; ++column) {
      hn::StoreU(products[column], d,
                 tile.products + (row * kSide + column) * tile.product_stride + channel);
    }
  }
}

template <int kCount>
HWY_INLINE Vector sum(const Vector (&x)[kCount]) {
  if constexpr (kCount == 2) return hn::Add(x[0], x[1]);
  return hn::Add(hn::Add(x[0], x[1]), hn::Add(x[kCount - 2], x[kCount - 1]));
}

template <class Tile, bool kAddsResidual>
HWY_INLINE void transform_products(const WinogradOutput& tile, std::int64_t channel,
                                   Vector& finite) {
  constexpr int kSide = Tile::kPixels, kOutputs = Tile::kOutputs;
  const Floats d;
  Vector columns[kSide][kOutputs];  // [column][row of the outputs]
  OCKHAM_UNROLL
  for (int column = 0; column < kSide; ++column) {
    Vector products[kSide];
    OCKHAM_UNROLL
    for (int row = 0; row < kSide; ++row) {
      products[row] =
          hn::LoadU(d, tile.products + (row * kSide + column) * tile.product_stride + channel);
    }
    Tile::output(products, columns[column]);
  }
  const Vector bias = hn::LoadU(d, tile.bias + channel);
  OCKHAM_UNROLL
  for (int row = 0; row < kOutputs; ++row) {
    Vector of_row[kSide], outputs[kOutputs];
    pick_row(columns, row, of_row);
    Tile::output(of_row, outputs);
    finite = hn::MulAdd(sum(outputs), hn::Zero(d), finite);
    OCKHAM_UNROLL
    for (int column = 0; column < kOutputs; ++column) {
      const int pixel = row * kOutputs + column;
      Vector output = hn::Add(outputs[column], bias);
      if constexpr (kAddsResidual) {
        output = hn::Add(output, hn::LoadU(d, tile.residual[pixel] + channel));
      }
      hn::StoreU(cut(output, tile.bounds), d, tile.pixels[pixel] + channel);
    }
  }
}

/// Calls `compute(first)` for vectors of channels that begin at `first`; the last overlaps the one
/// before where it would end beyond.
template <class Compute>
HWY_INLINE void for_each_vector(std::int64_t channels, const Compute& compute) {
  std::int64_t first = 0;
  for (; first + kLanes <= channels; first += kLanes) compute(first);
  if (first < channels) compute(channels - kLanes);
}

template <class Tile>
HWY_NOINLINE void input_of(const WinogradInput& tile) {
  for_each_vector(tile.channels,
                  [&](std::int64_t channel) HWY_ATTR { transform_pixels<Tile>(tile, channel); });
}

template <class Tile, bool kAddsResidual>
HWY_NOINLINE bool output_of(const WinogradOutput& tile) {
  const Floats d;
  Vector finite = hn::Zero(d);  // not a number where an output is not finite
  for_each_vector(tile.channels, [&](std::int64_t channel) HWY_ATTR {
    transform_products<Tile, kAddsResidual>(tile, channel, finite);
  });
  return hn::AllTrue(d, hn::Eq(finite, hn::Zero(d)));
}

template <class Tile>
bool output_of(const WinogradOutput& tile) {
  return tile.adds_residual ? output_of<Tile, true>(tile) : output_of<Tile, false>(tile);
}

using Doubles = hn::ScalableTag<double>;
using DoubleVector = hn::Vec<Doubles>;
constexpr int kTaps = 3;  // of a row or column

/// The values of a row's or column's three taps, as a polynomial, at `point` and at -`point`, over
/// `by`.
HWY_INLINE void polynomial_at(double point, double by, const DoubleVector (&g)[kTaps],
                              DoubleVector& at, DoubleVector& at_negative) {
  const Doubles d;
  const DoubleVector even =
      hn::MulAdd(hn::Set(d, point * point / by), g[2], hn::Mul(hn::Set(d, 1.0 / by), g[0]));
  const DoubleVector odd = hn::Mul(hn::Set(d, point / by), g[1]);
  at = hn::Add(even, odd);
  at_negative = hn::Sub(even, odd);
}

/// Three taps of a row or column become as many factors as pixels are read.
HWY_INLINE void factors(const DoubleVector (&g)[kTaps], DoubleVector (&f)[Tile2x2::kPixels]) {
  f[0] = g[0];
  polynomial_at(1.0, 2.0, g, f[1], f[2]);
  f[3] = g[2];
}

HWY_INLINE void factors(const DoubleVector (&g)[kTaps], DoubleVector (&f)[Tile4x4::kPixels]) {
  constexpr double kA2 = double{kA} * double{kA}, kB2 = double{kB} * double{kB};
  f[0] = hn::Mul(hn::Set(Doubles(), 1.0 / (kA2 * kB2)), g[0]);
  polynomial_at(double{kA}, 2.0 * kA2 * (kA2 - kB2), g, f[1], f[2]);
  polynomial_at(double{kB}, 2.0 * kB2 * (kB2 - kA2), g, f[3], f[4]);
  f[5] = g[2];
}

HWY_INLINE void store_flushed(DoubleVector x, float* to) {
  const hn::Rebind<float, Doubles> d;
  const auto rounded = hn::DemoteTo(d, x);
  const auto normal = hn::Ge(hn::Abs(rounded), hn::Set(d, std::numeric_limits<float>::min()));
  hn::StoreU(hn::IfThenElseZero(normal, rounded), d, to);
}

/// `place` is that of the filters' vector and the channel among a tap's, and among a product's.
template <class Tile>
HWY_INLINE void transform_filters(const WinogradFilters& tile, std::int64_t place) {
  constexpr int kPixels = Tile::kPixels;
  const Doubles d;
  const hn::Rebind<float, Doubles> floats;
  DoubleVector columns[kTaps][kPixels];
  OCKHAM_UNROLL
  for (int column = 0; column < kTaps; ++column) {
    DoubleVector taps[kTaps];
    OCKHAM_UNROLL
    for (int row = 0; row < kTaps; ++row) {
      const float* from = tile.taps + (row * kTaps + column) * tile.channels * tile.filters + place;
      taps[row] = hn::PromoteTo(d, hn::LoadU(floats, from));
    }
    factors(taps, columns[column]);
  }
  OCKHAM_UNROLL
  for (int row = 0; row < kPixels; ++row) {
    DoubleVector of_row[kPixels];
    factors({columns[0][row], columns[1][row], columns[2][row]}, of_row);
    OCKHAM_UNROLL
    for (int column = 0; column < kPixels; ++column) {
      store_flushed(of_row[column],
                    tile.products + (row * kPixels + column) * tile.product_stride + place);
    }
  }
}

template <class Tile>
HWY_NOINLINE void filters_of(const WinogradFilters& tile) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Doubles()));
  const std::int64_t places = tile.channels * tile.filters;
  for (std::int64_t i = 0; i < places; i += lanes) {
    transform_filters<Tile>(tile, std::min(i, places - lanes));
  }
}

}  // namespace

void winograd_input(const WinogradInput& tile) {
  tile.tile == WinogradTile::k2x2 ? input_of<Tile2x2>(tile) : input_of<Tile4x4>(tile);
}

void winograd_filters(const WinogradFilters& tile) {
  tile.tile == WinogradTile::k2x2 ? filters_of<Tile2x2>(tile) : filters_of<Tile4x4>(tile);
}

bool winograd_output(const WinogradOutput& tile) {
  return tile.tile == WinogradTile::k2x2 ? output_of<Tile2x2>(tile) : output_of<Tile4x4>(tile);
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
