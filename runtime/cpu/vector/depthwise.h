// Depthwise: the inner loop of convolutions that filter each channel by itself.
//
// In an image with its channels last, the elements of a row lie behind each other, and so do those
// that any one tap is multiplied with: with a stride of 1 the whole row is one run, whatever the
// number of channels. Only the weights must start anew after each pixel. They are stored as far
// beyond a pixel's end as a vector can reach.
#pragma once

#include <cstdint>

#include "runtime/cpu/vector/bounds.h"

namespace ockham::cpu {

/// Most rows of outputs that share what is read of the weights.
constexpr int kMostDepthwiseOutputs = 8;

/// Up to kMostDepthwiseOutputs rows of outputs, for VectorTarget::run_depthwise: y[output *
/// y_output + pixel * channels + channel] = cut(bias[channel] + sum over row, column of x[output *
/// x_output + pixel * x_pixel + row * x_row + column * x_column + channel] * weight[row, column,
/// channel]). Strides are in floats. An output's taps are summed in an order that does not depend
/// on which outputs are computed with it.
struct DepthwiseRun {
  const float* x;
  std::int64_t x_output;  ///< from one output's elements to the next output's
  std::int64_t x_pixel;   ///< from one pixel's to the next pixel's
  std::int64_t x_row;     ///< from a row of taps to the next
  std::int64_t x_column;  ///< from a tap to the next in its row
  std::int64_t rows;      ///< of taps; 0 where all lie outside the image
  std::int64_t columns;
  const float* weights;  ///< of the first tap, `depthwise_tap` floats each
  std::int64_t w_row;    ///< from a row of taps to the next
  const float* bias;     ///< stored as a tap's weights are
  float* y;
  std::int64_t y_output;
  std::int64_t outputs;
  std::int64_t pixels;
  std::int64_t channels;
  Bounds bounds;
};

/// Floats that a tap's weights take: channel after channel, and again from the first for another
/// vector less one float.
constexpr std::int64_t depthwise_tap(std::int64_t channels, std::int64_t lanes) {
  return channels + lanes - 1;
}

}  // namespace ockham::cpu
