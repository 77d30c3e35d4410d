#include "datasets/layout.h"

namespace ockham::datasets {

std::optional<Layout> layout_of(const Shape& input, const Shape& image) {
  const std::int64_t channels = image[0], height = image[1], width = image[2];
  if (input == Shape{Shape::kBatch, channels, height, width}) return Layout::kPlanes;
  if (input == Shape{Shape::kBatch, height, width, channels}) return Layout::kPixels;
  if (input == Shape{Shape::kBatch, channels * height * width}) return Layout::kFlat;
  return std::nullopt;
}

}  // namespace ockham::datasets
