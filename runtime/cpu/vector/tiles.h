// Tiles: the inner loops of convolutions and linear layers, on vectors of output channels.
//
// A tile holds a few output pixels times one or two vectors of output channels in registers. At
// each step one element of every pixel's window is broadcast and multiplied with the weights of
// these channels. An image with its channels last has the elements of one row of a window side by
// side, so width and channels are one loop. (Goto and van de Geijn, "Anatomy of High-Performance
// Matrix Multiplication", 2008, for a convolution without the matrix.)
#pragma once

#include <cstdint>
#include <span>

namespace ockham::cpu {

/// A row of output pixels: y[pixel, channel] = act(bias[channel] + sum over row, tap of
/// x[pixel * x_pixel + row * x_row + tap] * weight[channel, row, tap]). Strides are in floats.
struct TileRow {
  const float* x;        ///< the first pixel's window
  std::int64_t x_pixel;  ///< from one pixel's window to the next pixel's
  std::int64_t x_row;    ///< from one row of a window to the next
  std::int64_t rows;     ///< of a window
  std::int64_t taps;     ///< in one row of a window: its width times the input's channels
  const float* weights;  ///< as `tile_weight_index` orders them, aligned to 64 bytes
  const float* bias;     ///< one per channel, padded to whole vectors
  float* y;
  std::int64_t y_pixel;  ///< from one output pixel to the next
  std::int64_t pixels;
  std::int64_t channels;  ///< of the output
  bool relu;              ///< whether what is below zero becomes 0; what is not a number stays
};

/// A kind of vector that this machine computes with.
struct VectorTarget {
  const char* name;                 ///< "avx512", "avx2", "neon", "portable"
  std::int64_t lanes;               ///< floats in a vector
  void (*run)(const TileRow& row);  ///< neither throws nor allocates
};

/// Those of this build that this machine has, widest first; never empty.
std::span<const VectorTarget> vector_targets();

/// The one for so many output channels: the widest, unless a narrower one leaves fewer lanes idle.
const VectorTarget& vector_target(std::int64_t channels);

/// Vectors of channels that a tile holds, but for the last where their number is odd.
constexpr int kTileVectors = 2;

/// `channels` rounded up to whole vectors.
std::int64_t padded_channels(const VectorTarget& target, std::int64_t channels);

/// Where a weight lies: in [tile of channels][row][tap][channel of the tile]. `taps` are those of
/// all rows of a window, `tap` counts through them.
std::int64_t tile_weight_index(const VectorTarget& target, std::int64_t channels, std::int64_t taps,
                               std::int64_t channel, std::int64_t tap);

}  // namespace ockham::cpu
