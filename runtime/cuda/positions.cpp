#include "runtime/cuda/positions.h"

#include <cstddef>

namespace ockham::cuda {

std::vector<std::int32_t> positions(const Shape& shape, const Placement& placement) {
  const std::int64_t count = shape.elements();
  std::vector<std::int32_t> found(static_cast<std::size_t>(count));
  const bool packed = placement.layout == Layout::kChannelsLast;
  const std::int64_t channels = packed ? shape[1] : 1, pixels = count / channels;
  const std::int64_t stored = placement.elements / pixels;  // channels in memory
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = packed ? i % pixels * stored + i / pixels : i;
    found[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(at);
  }
  return found;
}

std::vector<std::int32_t> elements_at(const Shape& shape, const Placement& placement) {
  std::vector<std::int32_t> found(static_cast<std::size_t>(placement.elements), kPadding);
  const std::vector<std::int32_t> places = positions(shape, placement);
  for (std::size_t i = 0; i < places.size(); ++i) {
    found[static_cast<std::size_t>(places[i])] = static_cast<std::int32_t>(i);
  }
  return found;
}

std::vector<float> with_columns_at(const std::vector<float>& weight, const Shape& shape,
                                   const Placement& placement) {
  const std::vector<std::int32_t> places = positions(shape, placement);
  const std::size_t rows = weight.size() / places.size();
  const auto stored = static_cast<std::size_t>(placement.elements);
  std::vector<float> moved(rows * stored, 0.0f);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      moved[row * stored + static_cast<std::size_t>(places[i])] = weight[row * places.size() + i];
    }
  }
  return moved;
}

}  // namespace ockham::cuda
