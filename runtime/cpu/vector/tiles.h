// Tiles: the inner loops of convolutions and linear layers, on vectors of output channels.
//
// A tile holds a few output pixels times one or two vectors of output channels in registers. At
// each step one element of every pixel's window is broadcast and multiplied with the weights of
// these channels. An image with its channels last has the elements of one row of a window side by
// side, so width and channels are one loop. A channel that would be alone in the last tile is
// summed by vectors of elements instead, most of whose lanes are full. Large layers run in blocks
// of pixels and of elements of their windows, so that what many tiles read stays in a cache. (Goto
// and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008, for a convolution
// without the matrix.)
#pragma once

#include <cstdint>
#include <limits>

#include "runtime/cpu/vector/bounds.h"
#include "runtime/cpu/vector/targets.h"
#include "runtime/plan/storage.h"

namespace ockham::cpu {

/// Output pixels, for VectorTarget::run_tiles: y[pixel, channel] = cut(bias[channel] +
/// residual[pixel, channel] + sum over row, tap of window(pixel)[row * x_row + tap] *
/// weight[channel, row, tap]). The windows of pixels in a line of the image are `x_pixel` apart,
/// and those of one line and the next `x_line`. Strides are in floats. An output is summed in the
/// same order whatever runs with it, but for a `single` pixel.
struct TileRun {
  const float* x;        ///< the first pixel's window
  std::int64_t x_pixel;  ///< from one pixel's window to the next pixel's
  std::int64_t x_line = 0;
  std::int64_t width = std::numeric_limits<std::int64_t>::max();  ///< pixels in a line
  std::int64_t column = 0;  ///< of the first pixel in its line
  std::int64_t x_row = 0;   ///< from one row of a window to the next
  std::int64_t rows = 1;    ///< of a window
  std::int64_t taps;        ///< in one row of a window: its width times the input's channels
  const void* weights;      ///< as `tile_weight_index` orders them
  const float* bias;        ///< one per channel that weights are kept for
  float* y;
  std::int64_t y_pixel;             ///< from one output pixel to the next
  const float* residual = nullptr;  ///< like y; null: nothing is added
  std::int64_t pixels;              ///< at least 1
  std::int64_t channels;            ///< of the output
  Bounds bounds;                    ///< what the results are cut to
  bool single = true;  ///< an only pixel is summed in an order of its own, which is faster
  StoredType weight_type = StoredType::kFloat32;  ///< or kBfloat16; sums are float32 with either
};

/// Vectors of channels that a tile holds, but for the last where their number is odd.
constexpr int kTileVectors = 2;

/// Channels that weights are kept for: whole vectors of them, but a single one in the last tile is
/// alone. Its vectors run over taps.
std::int64_t weight_channels(const VectorTarget& target, std::int64_t channels);

/// Where a weight lies: in [tile of channels][row][tap][channel of the tile], with the channels of
/// a tile's two vectors in turns where weights are bfloat16. `taps` are those of all rows of a
/// window, `tap` counts through them.
std::int64_t tile_weight_index(const VectorTarget& target, std::int64_t channels, std::int64_t taps,
                               std::int64_t channel, std::int64_t tap,
                               StoredType type = StoredType::kFloat32);

}  // namespace ockham::cpu
