// Image: extents of an activation of rank 4.
#pragma once

#include <cstdint>

#include "runtime/graph/operators/operator_rules.h"
#include "runtime/graph/shape.h"

namespace ockham::cpu {

/// Places are counted in floats. Rows and places are those of images with their channels last.
struct Image {
  std::int64_t height, width, channels;

  std::int64_t pixels() const { return height * width; }
  std::int64_t elements() const { return pixels() * channels; }
  std::int64_t row() const { return width * channels; }

  bool has(std::int64_t y, std::int64_t x) const {
    return y >= 0 && y < height && x >= 0 && x < width;
  }
  std::int64_t place(std::int64_t y, std::int64_t x) const { return (y * width + x) * channels; }
};

/// Rows of an image: `first` and those behind it, up to before `last`.
struct Rows {
  std::int64_t first = 0, last = 0;

  std::int64_t count() const { return last - first; }
};

/// Where part `i` of image `n` is, in a row of images of so many parts.
struct ImagePart {
  std::int64_t n, i;
};

/// Of part number `part` in that row. Without a division for the first image: layers may be
/// smaller.
inline ImagePart image_part(std::int64_t part, std::int64_t parts_of_image) {
  if (part < parts_of_image) return {0, part};
  return {part / parts_of_image, part % parts_of_image};
}

/// Of an activation of rank 4.
inline Image image_of(const Shape& shape) { return {shape[2], shape[3], shape[1]}; }

/// With the window's padding.
inline Image padded_image(const Image& image, const Window2d& window) {
  return {image.height + window.pad_begin[0] + window.pad_end[0],
          image.width + window.pad_begin[1] + window.pad_end[1], image.channels};
}

}  // namespace ockham::cpu
