// Image: extents of an activation with its channels last.
#pragma once

#include <cstdint>

#include "runtime/graph/shape.h"

namespace ockham::cpu {

/// Places are counted in floats.
struct Image {
  std::int64_t height, width, channels;

  std::int64_t row() const { return width * channels; }
  std::int64_t elements() const { return height * row(); }

  bool has(std::int64_t y, std::int64_t x) const {
    return y >= 0 && y < height && x >= 0 && x < width;
  }
  std::int64_t place(std::int64_t y, std::int64_t x) const { return (y * width + x) * channels; }
};

/// Of an activation of rank 4.
inline Image image_of(const Shape& shape) { return {shape[2], shape[3], shape[1]}; }

}  // namespace ockham::cpu
