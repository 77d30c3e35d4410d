// Winograd: the transforms that save multiplications of 3x3 convolutions of stride 1.
//
// A tile of m x m outputs needs (m + 2) x (m + 2) pixels of the input, and as many products of sums
// of them with sums of weights, instead of 9 m^2: for 2x2 outputs 16 instead of 36, for 4x4 36
// instead of 144. Products are added up over the input's channels, as in so many linear layers
// whose images are the tiles.
// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016. For 4x4 the points
// that polynomials are evaluated at are not the usual 0, 1, -1, 2, -2, but 0, 3/4, -3/4, 3/2, -3/2,
// with which roundings grow to about twice those of a plain convolution instead of ten times;
// Barabasz and others, "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep
// Neural Networks", 2020, tell why points matter.)
#pragma once

#include <cstdint>

#include "runtime/cpu/vector/bounds.h"

namespace ockham::cpu {

/// The outputs of a tile along an axis.
enum class WinogradTile : std::uint8_t { k2x2 = 2, k4x4 = 4 };

constexpr int outputs_of(WinogradTile tile) { return static_cast<int>(tile); }
/// Pixels along an axis that they need.
constexpr int pixels_of(WinogradTile tile) { return outputs_of(tile) + 2; }
constexpr int products_of(WinogradTile tile) { return pixels_of(tile) * pixels_of(tile); }
constexpr int kMostWinogradOutputs = 4 * 4, kMostWinogradProducts = 6 * 6;

/// For VectorTarget::winograd_input: products[k * product_stride + channel] = what product k
/// multiplies, of the tile whose pixels lie, channel after channel, at `pixels`, row by row. At
/// least as many channels as a vector has lanes (winograd_choice.h sees to it).
struct WinogradInput {
  WinogradTile tile;
  const float* pixels[kMostWinogradProducts];
  std::int64_t channels;
  float* products;
  std::int64_t product_stride;
};

/// For VectorTarget::winograd_output: the tile's outputs, to `pixels`, row by row, from products
/// that are summed over the input's channels. At least as many channels as a vector has lanes.
/// Returns whether all are finite without the residual: what is not in one pixel of the input may
/// have spoilt any of them.
struct WinogradOutput {
  WinogradTile tile;
  const float* products;
  std::int64_t product_stride;
  const float* bias;
  std::int64_t channels;
  Bounds bounds;
  float* pixels[kMostWinogradOutputs];
  bool adds_residual = false;
  const float* residual[kMostWinogradOutputs];  ///< what is added to each pixel, channel by channel
};

/// For VectorTarget::winograd_filters: products[k * product_stride + channel * filters + filter] =
/// what product k multiplies with, of filters side by side: taps[(tap * channels + channel) *
/// filters + filter], where `tap` counts a filter's 3x3 row by row. Computed in double, rounded
/// once, subnormals flushed to zero. `channels` times `filters` are at least a vector's lanes.
struct WinogradFilters {
  WinogradTile tile;
  const float* taps;
  std::int64_t channels;
  std::int64_t filters;
  float* products;
  std::int64_t product_stride;
};

}  // namespace ockham::cpu
