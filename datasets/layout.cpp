#include "datasets/layout.h"

namespace ockham::datasets {

std::optional<Layout> layout_of(const Shape& input, const Shape& image) {
  const std::int64_t channels = image[0], height = image[1], width = image[2];
  if (input == Shape{Shape::kBatch, channels, height, width}) return Layout::kPlanes;
  if (input == Shape{Shape::kBatch, height, width, channels}) return Layout::kPixels;
  if (input == Shape{Shape::kBatch, channels * height * width}) return Layout::kFlat;
  return std::nullopt;
}

std::optional<Shape> image_of(const Shape& input) {
  const auto is_channels = [](std::int64_t extent) { return extent == 1 || extent == 3; };
  if (input.rank() != 4) return std::nullopt;
  if (is_channels(input[1])) return Shape{input[1], input[2], input[3]};
  if (is_channels(input[3])) return Shape{input[3], input[1], input[2]};
  return std::nullopt;
}

}  // namespace ockham::datasets
