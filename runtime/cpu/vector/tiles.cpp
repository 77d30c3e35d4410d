#include "runtime/cpu/vector/tiles.h"

#include <algorithm>
#include <array>
#include <utility>

// One body for every kind of vector: Highway compiles this file again for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/tiles.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// This must come behind it.
#include "runtime/cpu/vector/vectors-inl.h"

// Keeps the compiler from computing a pointer anew from others, for which registers run short.
#define OCKHAM_IN_REGISTER(pointer) asm("" : "+r"(pointer))

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {
namespace {

/// Pixels of the largest tiles: as many as registers hold, beside weights and broadcasts.
constexpr int kPixelsOfTwoVectors = kLanes == 16 ? 12 : 6;
constexpr int kPixelsOfOneVector = 12;
/// Pixels that share a pointer, and pointers that so many pixels need.
constexpr std::int64_t kPixelsOfAPointer = 3;
template <int kPixels>
constexpr int kPointers = (kPixels + kPixelsOfAPointer - 1) / kPixelsOfAPointer;
/// Sums of one pixel that run side by side, so that no addition waits for the one before.
constexpr std::int64_t kSums = 4;

/// Has a vector in a register at this point of the program: compilers otherwise read weights anew
/// for each pixel, and move sums about until some are in memory.
HWY_INLINE void keep_in_register([[maybe_unused]] Vector& vector) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  asm volatile("" : "+v"(vector.raw));
#endif
}

/// Adds one tap of every pixel.
template <int kVectors, int kPixels>
HWY_INLINE void step(const float* const (&x)[kPointers<kPixels>], std::int64_t x_pixel,
                     const float* weights, Vector (&sums)[kPixels][kVectors]) {
  const Floats d;
  Vector weight[kVectors];
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    weight[v] = hn::LoadU(d, weights + v * kLanes);
    keep_in_register(weight[v]);
  }
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    const Vector broadcast = hn::Set(d, x[p / kPixelsOfAPointer][p % kPixelsOfAPointer * x_pixel]);
    OCKHAM_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      sums[p][v] = hn::MulAdd(broadcast, weight[v], sums[p][v]);
      keep_in_register(sums[p][v]);
    }
  }
}

/// `kPixels` pixels of `kVectors` vectors of channels.
template <int kVectors, int kPixels>
HWY_NOINLINE void tile(const TileRow& row) {
  const Floats d;
  Vector sums[kPixels][kVectors];
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    OCKHAM_UNROLL
    for (int v = 0; v < kVectors; ++v) sums[p][v] = hn::LoadU(d, row.bias + v * kLanes);
  }
  const float* weights = row.weights;
  for (std::int64_t r = 0; r < row.rows; ++r) {
    // One pointer for three pixels: an address of x86 has room for a multiple of the stride.
    const float* x[kPointers<kPixels>];
    OCKHAM_UNROLL
    for (int i = 0; i < kPointers<kPixels>; ++i) {
      x[i] = row.x + r * row.x_row + i * kPixelsOfAPointer * row.x_pixel;
      OCKHAM_IN_REGISTER(x[i]);
    }
    // One tap a round: compilers run out of registers where it is more.
    for (std::int64_t tap = 0; tap < row.taps; ++tap) {
      step<kVectors, kPixels>(x, row.x_pixel, weights, sums);
      weights += kVectors * kLanes;
      OCKHAM_UNROLL
      for (int i = 0; i < kPointers<kPixels>; ++i) ++x[i];
    }
  }
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    OCKHAM_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      store_first(cut(sums[p][v], row.bounds), row.y + p * row.y_pixel + v * kLanes,
                  row.channels - v * kLanes);
    }
  }
}

/// One pixel, or one image of a linear layer: several sums of it side by side.
template <int kVectors>
HWY_NOINLINE void single(const TileRow& row) {
  const Floats d;
  Vector sums[kSums][kVectors];
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    sums[0][v] = hn::LoadU(d, row.bias + v * kLanes);
    OCKHAM_UNROLL
    for (std::int64_t s = 1; s < kSums; ++s) sums[s][v] = hn::Zero(d);
  }
  const float* weights = row.weights;
  for (std::int64_t r = 0; r < row.rows; ++r) {
    const float* x = row.x + r * row.x_row;
    std::int64_t tap = 0;
    for (; tap + kSums <= row.taps; tap += kSums) {
      OCKHAM_UNROLL
      for (std::int64_t s = 0; s < kSums; ++s) {
        const Vector broadcast = hn::Set(d, x[tap + s]);
        OCKHAM_UNROLL
        for (int v = 0; v < kVectors; ++v) {
          const Vector weight = hn::LoadU(d, weights + (s * kVectors + v) * kLanes);
          sums[s][v] = hn::MulAdd(broadcast, weight, sums[s][v]);
        }
      }
      weights += kSums * kVectors * kLanes;
    }
    for (; tap < row.taps; ++tap) {
      const Vector broadcast = hn::Set(d, x[tap]);
      OCKHAM_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        sums[0][v] = hn::MulAdd(broadcast, hn::LoadU(d, weights + v * kLanes), sums[0][v]);
      }
      weights += kVectors * kLanes;
    }
  }
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    const Vector sum = hn::Add(hn::Add(sums[0][v], sums[1][v]), hn::Add(sums[2][v], sums[3][v]));
    store_first(cut(sum, row.bounds), row.y + v * kLanes, row.channels - v * kLanes);
  }
}

using Tile = void (*)(const TileRow&);

/// The tiles of 1 to `kMost` pixels.
template <int kVectors, int... kLess>
constexpr std::array<Tile, sizeof...(kLess) + 1> tiles(std::integer_sequence<int, kLess...>) {
  return {single<kVectors>, tile<kVectors, kLess + 2>...};
}

/// All pixels of the row, in tiles as equal as can be: a narrow one leaves the adders waiting.
template <int kVectors, int kMost>
void run_row(TileRow row) {
  static constexpr auto kTiles = tiles<kVectors>(std::make_integer_sequence<int, kMost - 1>());
  for (std::int64_t left = (row.pixels + kMost - 1) / kMost; left > 0; --left) {
    const std::int64_t pixels = (row.pixels + left - 1) / left;
    kTiles[static_cast<std::size_t>(pixels - 1)](row);
    row.x += pixels * row.x_pixel;
    row.y += pixels * row.y_pixel;
    row.pixels -= pixels;
  }
}

}  // namespace

void run_tiles(const TileRow& whole) {
  TileRow row = whole;
  while (row.channels > 0) {
    const bool two = row.channels > kLanes;
    if (two) {
      run_row<kTileVectors, kPixelsOfTwoVectors>(row);
    } else {
      run_row<1, kPixelsOfOneVector>(row);
    }
    const std::int64_t done = (two ? kTileVectors : 1) * kLanes;
    row.weights += row.rows * row.taps * done;
    row.bias += done;
    row.y += done;
    row.channels -= done;
  }
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ockham::cpu {

std::int64_t tile_weight_index(const VectorTarget& target, std::int64_t channels, std::int64_t taps,
                               std::int64_t channel, std::int64_t tap) {
  const std::int64_t full = kTileVectors * target.lanes;
  const std::int64_t first = channel / full * full;
  const std::int64_t width = std::min(full, padded_channels(target, channels) - first);
  return first * taps + tap * width + channel - first;
}

}  // namespace ockham::cpu
#endif
