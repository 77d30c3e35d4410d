// Convolution as a blocked matrix product.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "runtime/graph/operators/conv2d.h"

namespace ockham::converters {

/// What a convolution reads and writes, row-major.
template <class T>
struct ConvolutionArguments {
  const Conv2d& op;
  const Shape& x_shape;  ///< [N, C, H, W]
  const T* x;
  const Shape& weight_shape;  ///< [F, C / groups, kh, kw]
  /// Fills `out` with elements `first`, `first` + 1, ... of the weight.
  std::function<void(std::int64_t first, std::span<T> out)> read_weight;
  std::span<const T> bias;  ///< of each filter, or empty
  const Shape& y_shape;     ///< [N, F, H', W']
  T* y;
};

/// Computes `y`: each element the same sum as the reference executor's, its terms in the same order
/// and rounded alike, so that the two agree bit for bit. Where the reference leaves out what lies
/// in the padding, zeros are multiplied here, which makes no difference with weights that are
/// finite (`validate` knows of no others). Beside its arguments it holds some kilobytes of weights
/// for each filter, and a few hundred of pixels.
template <class T>
void convolve(const ConvolutionArguments<T>& arguments);

}  // namespace ockham::converters
