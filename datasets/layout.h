// How the pixels of images lie in a network's input.
#pragma once

#include <optional>

#include "runtime/graph/shape.h"

namespace ockham::datasets {

enum class Layout {
  kPlanes,  ///< [N, C, H, W]
  kPixels,  ///< [N, H, W, C], as TensorFlow has it
  kFlat,    ///< [N, C * H * W]: planes, one after the other
};

/// How images [C, H, W] lie in an input of this shape; nothing when it takes others.
std::optional<Layout> layout_of(const Shape& input, const Shape& image);

/// The shape [C, H, W] of the images that an input of this shape takes, if it has an axis of 1 or 3
/// channels, in front or at the end.
std::optional<Shape> image_of(const Shape& input);

}  // namespace ockham::datasets
