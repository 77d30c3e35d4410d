#include "runtime/cpu/vector/tiles.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "runtime/graph/bfloat16.h"

// One body for every kind of vector: Highway compiles this file again for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/tiles.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// This must come behind it.
#include "runtime/cpu/vector/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {
namespace {

/// Pixels of the largest tiles: as many as registers hold, beside weights and broadcasts.
constexpr int kPixelsOfTwoVectors = kLanes == 16 ? 12 : 6;
constexpr int kPixelsOfOneVector = 10;
constexpr int kPixelsOfOneChannel = 6;
/// Sums of one pixel that run side by side, so that no addition waits for the one before.
constexpr std::int64_t kSums = 4;

/// Taps that are summed before others are begun, and elements that those of a block of pixels read:
/// in an L2 cache the elements stay while all channels use them, and the weights of a tile's
/// channels while all pixels of the block do.
constexpr std::int64_t kTapsOfBlock = 1024, kElementsOfBlock = std::int64_t{96} << 10;

/// Pixels that are done with a tile's weights so soon that those of the next channels must be on
/// their way by then: they may come from memory, and are no row that the processor foresees.
constexpr std::int64_t kFewPixels = 64;

/// Of blocks of taps behind the first.
constexpr float kNoBias[kTileVectors * kLanes] = {};

/// Has a vector in a register at this point of the program: compilers otherwise read weights anew
/// for each pixel, and move sums about until some are in memory.
template <class AnyVector>
HWY_INLINE void keep_in_register([[maybe_unused]] AnyVector& vector) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  asm volatile("" : "+v"(vector.raw));
#endif
}

/// Some taps of a run, for the channels of a tile.
template <class Weight>
struct Block : TileRun {
  std::int64_t ahead;  ///< weights to those of the next channels; 0: nothing is fetched ahead

  const Weight* next() const { return static_cast<const Weight*>(weights); }
  void skip(std::int64_t count) { weights = next() + count; }
};

/// The weights of a tap.
template <int kVectors>
HWY_INLINE void load(const float* from, Vector (&weight)[kVectors]) {
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) weight[v] = hn::LoadU(Floats(), from + v * kLanes);
}

HWY_INLINE void load(const Bfloat16* from, Vector (&weight)[1]) {
  const hn::Rebind<hwy::bfloat16_t, Floats> d;
  const auto* bits = reinterpret_cast<const hwy::bfloat16_t*>(from);
  weight[0] = hn::PromoteTo(Floats(), hn::LoadU(d, bits));
}

/// Two vectors in turns: a number of the first is the lower half of a lane, one of the second the
/// upper half, and so either is only moved or masked to become a float.
HWY_INLINE void load(const Bfloat16* from, Vector (&weight)[2]) {
  const hn::RebindToUnsigned<Floats> d;
  auto both = hn::LoadU(d, reinterpret_cast<const std::uint32_t*>(from));
  keep_in_register(both);
  weight[0] = hn::BitCast(Floats(), hn::ShiftLeft<16>(both));
  weight[1] = hn::BitCast(Floats(), hn::And(both, hn::Set(d, 0xffff'0000)));
}

/// One weight.
HWY_INLINE float load(const float* from) { return *from; }
HWY_INLINE float load(const Bfloat16* from) { return to_float(*from); }

/// Goes along the pixels of a run.
class PixelWalk {
 public:
  explicit PixelWalk(const TileRun& run)
      : window_(run.x),
        left_(run.width - run.column),
        width_(run.width),
        x_pixel_(run.x_pixel),
        y_pixel_(run.y_pixel),
        turn_(run.pixels <= left_ ? 0 : run.x_line - run.width * run.x_pixel) {}

  /// Where the windows of the next pixels begin.
  template <int kPixels>
  HWY_INLINE void next_windows(const float* (&windows)[kPixels]) const {
    if (kPixels <= left_) {
      OCKHAM_UNROLL
      for (int p = 0; p < kPixels; ++p) windows[p] = window_ + p * x_pixel_;
      return;
    }
    PixelWalk walk = *this;
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) {
      windows[p] = walk.window_;
      walk.skip(1);
    }
  }

  HWY_INLINE void skip(std::int64_t pixels) {
    place_ += pixels * y_pixel_;
    window_ += pixels * x_pixel_;
    for (left_ -= pixels; left_ <= 0; left_ += width_) window_ += turn_;
  }

  /// Of the next pixel in the output, in floats behind the first.
  std::int64_t place() const { return place_; }

 private:
  const float* window_;
  std::int64_t place_ = 0;
  std::int64_t left_;  ///< pixels in the line
  std::int64_t width_, x_pixel_, y_pixel_;
  std::int64_t turn_;  ///< from behind a line to the next
};

// Of a tile that has fewer channels than its vectors, in a place of its own: one copy of this for
// all tiles keeps them small.

/// From the numbers of `width` channels for each pixel.
HWY_NOINLINE void store_channels(const float* numbers, std::int64_t width, std::int64_t pixels,
                                 std::int64_t channels, float* y, std::int64_t y_pixel) {
  for (; pixels > 0; --pixels, numbers += width, y += y_pixel) {
    std::memcpy(y, numbers, static_cast<std::size_t>(channels) * sizeof(float));
  }
}

/// And back, with zeros behind the channels.
HWY_NOINLINE void load_channels(const float* y, std::int64_t y_pixel, std::int64_t pixels,
                                std::int64_t channels, float* numbers, std::int64_t width) {
  for (; pixels > 0; --pixels, y += y_pixel) {
    numbers = std::copy_n(y, channels, numbers);
    numbers = std::fill_n(numbers, width - channels, 0.0f);
  }
}

/// What the sums are before the first tap.
template <int kVectors, int kPixels>
HWY_INLINE void begin(const TileRun& run, const PixelWalk& walk,
                      Vector (&sums)[kPixels][kVectors]) {
  const Floats d;
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    const Vector bias = hn::LoadU(d, run.bias + v * kLanes);
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) sums[p][v] = bias;
  }
  if (run.residual == nullptr) return;
  constexpr std::int64_t kWidth = kVectors * kLanes;
  const float* residual = run.residual + walk.place();
  std::int64_t residual_pixel = run.y_pixel;
  HWY_ALIGN float part[kPixels * kWidth];
  if (run.channels < kWidth) {
    load_channels(residual, residual_pixel, kPixels, run.channels, part, kWidth);
    residual = part;
    residual_pixel = kWidth;
  }
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    OCKHAM_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      sums[p][v] = hn::Add(sums[p][v], hn::LoadU(d, residual + v * kLanes));
    }
    residual += residual_pixel;
  }
}

/// Of a single pixel, at once: there are layers of a few products.
template <int kVectors>
HWY_INLINE void finish(const TileRun& run, const PixelWalk& walk,
                       const Vector (&sums)[1][kVectors]) {
  float* const y = run.y + walk.place();
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    store_first(cut(sums[0][v], run.bounds), y + v * kLanes, run.channels - v * kLanes);
  }
}

template <int kVectors, int kPixels>
HWY_INLINE void finish(const TileRun& run, const PixelWalk& walk,
                       const Vector (&sums)[kPixels][kVectors]) {
  const Floats d;
  constexpr std::int64_t kWidth = kVectors * kLanes;
  const Bounds bounds = run.bounds;
  HWY_ALIGN float part[kPixels * kWidth];
  const bool is_full = run.channels >= kWidth;
  float* y = is_full ? run.y + walk.place() : part;
  const std::int64_t y_pixel = is_full ? run.y_pixel : kWidth;
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    OCKHAM_UNROLL
    for (int v = 0; v < kVectors; ++v) hn::StoreU(cut(sums[p][v], bounds), d, y + v * kLanes);
    y += y_pixel;
    OCKHAM_IN_REGISTER(y);
  }
  if (is_full) return;
  store_channels(part, kWidth, kPixels, run.channels, run.y + walk.place(), run.y_pixel);
}

/// Adds one tap of every pixel.
template <class Weight, int kVectors, int kPixels>
HWY_INLINE void step(const float* const (&x)[kPixels], std::int64_t tap, const Weight* weights,
                     Vector (&sums)[kPixels][kVectors]) {
  const Floats d;
  Vector weight[kVectors];
  load(weights, weight);
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) keep_in_register(weight[v]);
  OCKHAM_UNROLL
  for (int p = 0; p < kPixels; ++p) {
    const Vector broadcast = hn::Set(d, x[p][tap]);
    OCKHAM_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      sums[p][v] = hn::MulAdd(broadcast, weight[v], sums[p][v]);
      keep_in_register(sums[p][v]);
    }
  }
}

/// Adds all taps of the windows that begin at `x`, which moves on to their last rows.
template <bool kFetches, class Weight, int kVectors, int kPixels>
HWY_INLINE void add_taps(const Block<Weight>& run, const float* (&x)[kPixels],
                         Vector (&sums)[kPixels][kVectors]) {
  const Weight* weights = run.next();
  for (std::int64_t rows = run.rows;;) {
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) OCKHAM_IN_REGISTER(x[p]);
    // One tap a round: compilers run out of registers where it is more.
    for (std::int64_t tap = 0; tap < run.taps; ++tap) {
      if constexpr (kFetches) hwy::Prefetch(weights + run.ahead);
      step(x, tap, weights, sums);
      weights += kVectors * kLanes;
    }
    if (--rows <= 0) return;
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) x[p] += run.x_row;
  }
}

/// The next `count` times `kPixels` pixels of `kVectors` vectors of channels; goes along behind
/// them. Works on copies, which stay in registers: what is stored might lie where `run` does.
template <class Weight, int kVectors, int kPixels>
HWY_NOINLINE void tile(const Block<Weight>& run, PixelWalk& walk, std::int64_t count) {
  const Block<Weight> block = run;
  PixelWalk at = walk;
  for (; count > 0; --count) {
    Vector sums[kPixels][kVectors];
    begin(block, at, sums);
    const float* windows[kPixels];
    at.next_windows(windows);
    if (block.ahead > 0) {
      add_taps<true>(block, windows, sums);
    } else {
      add_taps<false>(block, windows, sums);
    }
    finish(block, at, sums);
    at.skip(kPixels);
  }
  walk = at;
}

bool is_single(const TileRun& run) { return run.single && run.pixels == 1; }

/// One pixel, or one image of a linear layer: several sums of it side by side, with all its taps.
template <class Weight, int kVectors>
HWY_NOINLINE void single(const Block<Weight>& run, const PixelWalk& walk) {
  const Floats d;
  Vector sum[1][kVectors], sums[kSums][kVectors];
  begin(run, walk, sum);
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    sums[0][v] = sum[0][v];
    OCKHAM_UNROLL
    for (std::int64_t s = 1; s < kSums; ++s) sums[s][v] = hn::Zero(d);
  }
  const float* window[1];
  walk.next_windows(window);
  const Weight* weights = run.next();
  for (std::int64_t r = 0; r < run.rows; ++r) {
    const float* x = window[0] + r * run.x_row;
    std::int64_t tap = 0;
    for (; tap + kSums <= run.taps; tap += kSums) {
      OCKHAM_UNROLL
      for (std::int64_t s = 0; s < kSums; ++s) {
        const Vector broadcast = hn::Set(d, x[tap + s]);
        Vector weight[kVectors];
        load(weights + s * kVectors * kLanes, weight);
        OCKHAM_UNROLL
        for (int v = 0; v < kVectors; ++v) {
          sums[s][v] = hn::MulAdd(broadcast, weight[v], sums[s][v]);
        }
      }
      weights += kSums * kVectors * kLanes;
    }
    for (; tap < run.taps; ++tap) {
      const Vector broadcast = hn::Set(d, x[tap]);
      Vector weight[kVectors];
      load(weights, weight);
      OCKHAM_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        sums[0][v] = hn::MulAdd(broadcast, weight[v], sums[0][v]);
      }
      weights += kVectors * kLanes;
    }
  }
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    sum[0][v] = hn::Add(hn::Add(sums[0][v], sums[1][v]), hn::Add(sums[2][v], sums[3][v]));
  }
  finish(run, walk, sum);
}

/// A tile's only channel of the next `count` times `kPixels` pixels, by vectors of taps.
template <class Weight, int kPixels>
HWY_NOINLINE void one_channel(const Block<Weight>& run, PixelWalk& walk, std::int64_t count) {
  const Floats d;
  for (; count > 0; --count) {
    Vector sums[kPixels];
    float rest[kPixels] = {};  // of taps that fill no vector
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) sums[p] = hn::Zero(d);
    const float* x[kPixels];
    walk.next_windows(x);
    const Weight* weights = run.next();
    for (std::int64_t r = 0; r < run.rows; ++r) {
      std::int64_t tap = 0;
      for (; tap + kLanes <= run.taps; tap += kLanes) {
        Vector weight[1];
        load(weights + tap, weight);
        OCKHAM_UNROLL
        for (int p = 0; p < kPixels; ++p) {
          sums[p] = hn::MulAdd(hn::LoadU(d, x[p] + tap), weight[0], sums[p]);
        }
      }
      for (; tap < run.taps; ++tap) {
        const float weight = load(weights + tap);
        OCKHAM_UNROLL
        for (int p = 0; p < kPixels; ++p) rest[p] += x[p][tap] * weight;
      }
      weights += run.taps;
      OCKHAM_UNROLL
      for (int p = 0; p < kPixels; ++p) x[p] += run.x_row;
    }
    const std::int64_t place = walk.place();
    OCKHAM_UNROLL
    for (int p = 0; p < kPixels; ++p) {
      const std::int64_t y = place + p * run.y_pixel;
      Vector sum = hn::Add(hn::SumOfLanes(d, sums[p]), hn::Set(d, run.bias[0] + rest[p]));
      if (run.residual != nullptr) sum = hn::Add(sum, hn::Set(d, run.residual[y]));
      run.y[y] = hn::GetLane(cut(sum, run.bounds));
    }
    walk.skip(kPixels);
  }
}

template <class Weight>
using Tile = void (*)(const Block<Weight>&, PixelWalk&, std::int64_t);

/// Tiles of 1 pixel and more.
template <class Weight, int kVectors, int... kLess>
constexpr std::array<Tile<Weight>, sizeof...(kLess)> tiles(std::integer_sequence<int, kLess...>) {
  return {tile<Weight, kVectors, kLess + 1>...};
}

template <class Weight, int... kLess>
constexpr std::array<Tile<Weight>, sizeof...(kLess)> tiles_of_one_channel(
    std::integer_sequence<int, kLess...>) {
  return {one_channel<Weight, kLess + 1>...};
}

/// Rounded up; of numbers from 1 on.
std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// All pixels, in tiles as equal as can be: a narrow one leaves the adders waiting.
template <class Weight, std::size_t kMost>
HWY_INLINE void run_pixels(const Block<Weight>& run, const std::array<Tile<Weight>, kMost>& tiles) {
  PixelWalk walk(run);
  const std::int64_t count = divide_up(run.pixels, std::int64_t{kMost});
  const std::int64_t pixels = run.pixels / count, wider = run.pixels % count;
  if (wider > 0) tiles[static_cast<std::size_t>(pixels)](run, walk, wider);
  tiles[static_cast<std::size_t>(pixels - 1)](run, walk, count - wider);
}

template <int kVectors, int kMost, class Weight>
void run_vectors(const Block<Weight>& run) {
  static constexpr auto kTiles = tiles<Weight, kVectors>(std::make_integer_sequence<int, kMost>());
  if (is_single(run)) return single<Weight, kVectors>(run, PixelWalk(run));
  run_pixels(run, kTiles);
}

template <class Weight>
void run_one_channel(const Block<Weight>& run) {
  static constexpr auto kTiles =
      tiles_of_one_channel<Weight>(std::make_integer_sequence<int, kPixelsOfOneChannel>());
  run_pixels(run, kTiles);
}

/// Taps of a window: of rows from `row` on those from `tap` on.
struct TapBlock {
  std::int64_t row, rows, tap, taps;
};

/// These taps of all channels. Inline, as a copy of what was just written must wait for it, which
/// the smallest layers notice.
template <class Weight>
HWY_INLINE void run_channels(const TileRun& whole, const TapBlock& block) {
  Block<Weight> run{whole, 0};
  const std::int64_t all_taps = run.rows * run.taps, first = block.row * run.taps + block.tap;
  const bool is_last = first + block.rows * block.taps == all_taps;
  run.x += block.row * run.x_row + block.tap;
  run.rows = block.rows;
  run.taps = block.taps;
  if (first > 0) {
    run.bias = kNoBias;
    run.residual = run.y;
  }
  if (!is_last) run.bounds = {};
  const bool fetches = run.pixels <= kFewPixels;
  while (run.channels > 0) {
    const bool two = run.channels > kLanes, one_channel = run.channels == 1;
    const std::int64_t width = one_channel ? 1 : (two ? kTileVectors : 1) * kLanes;
    run.skip(first * width);
    run.ahead = fetches ? all_taps * width : 0;
    if (two) {
      run_vectors<kTileVectors, kPixelsOfTwoVectors>(run);
    } else if (one_channel) {
      run_one_channel(run);
    } else {
      run_vectors<1, kPixelsOfOneVector>(run);
    }
    run.skip((all_taps - first) * width);
    if (run.bias != kNoBias) run.bias += width;
    if (run.residual != nullptr) run.residual += width;
    run.y += width;
    run.channels -= width;
  }
}

/// Of parts of about equal size that are at most `most`.
std::int64_t even_part(std::int64_t whole, std::int64_t most) {
  return divide_up(whole, divide_up(whole, most));
}

/// Block by block of taps.
template <class Weight>
void run_taps(const TileRun& run) {
  const std::int64_t taps = even_part(run.taps, kTapsOfBlock);
  const std::int64_t rows =
      taps < run.taps ? 1 : even_part(run.rows, std::max<std::int64_t>(1, kTapsOfBlock / taps));
  for (std::int64_t row = 0; row < run.rows; row += rows) {
    for (std::int64_t tap = 0; tap < run.taps; tap += taps) {
      run_channels<Weight>(
          run, {row, std::min(rows, run.rows - row), tap, std::min(taps, run.taps - tap)});
    }
  }
}

/// A run without its first pixels.
TileRun behind(TileRun run, std::int64_t pixels) {
  const std::int64_t column = run.column + pixels, lines = column / run.width;
  run.x += lines * run.x_line + (column - lines * run.width - run.column) * run.x_pixel;
  run.column = column - lines * run.width;
  run.y += pixels * run.y_pixel;
  if (run.residual != nullptr) run.residual += pixels * run.y_pixel;
  run.pixels -= pixels;
  return run;
}

template <class Weight>
HWY_INLINE void run_blocks(const TileRun& whole) {
  const std::int64_t all_taps = whole.rows * whole.taps;
  const bool is_small = all_taps <= kTapsOfBlock && whole.pixels * all_taps <= kElementsOfBlock;
  if (is_single(whole) || is_small) {
    return run_channels<Weight>(whole, {0, whole.rows, 0, whole.taps});
  }
  // As equal as can be, too: a pixel left over would be summed in another order.
  const std::int64_t most = kElementsOfBlock / std::min(all_taps, kTapsOfBlock);
  TileRun run = whole;
  for (std::int64_t left = divide_up(run.pixels, most); left > 0; --left) {
    TileRun block = run;
    block.pixels = divide_up(run.pixels, left);
    run_taps<Weight>(block);
    run = behind(run, block.pixels);
  }
}

}  // namespace

void run_tiles(const TileRun& run) {
  if (run.weight_type == StoredType::kBfloat16) return run_blocks<Bfloat16>(run);
  run_blocks<float>(run);
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ockham::cpu {

std::int64_t weight_channels(const VectorTarget& target, std::int64_t channels) {
  const bool last_is_alone = channels % (kTileVectors * target.lanes) == 1;
  return last_is_alone ? channels : padded_channels(target, channels);
}

std::int64_t tile_weight_index(const VectorTarget& target, std::int64_t channels, std::int64_t taps,
                               std::int64_t channel, std::int64_t tap, StoredType type) {
  const std::int64_t full = kTileVectors * target.lanes;
  const std::int64_t first = channel / full * full;
  const std::int64_t width = std::min(full, weight_channels(target, channels) - first);
  const std::int64_t place = channel - first;
  const bool in_turns = type == StoredType::kBfloat16 && width == full;
  return first * taps + tap * width +
         (in_turns ? place % target.lanes * kTileVectors + place / target.lanes : place);
}

}  // namespace ockham::cpu
#endif
