#include "runtime/cpu/memory_axes.h"

namespace ockham::cpu {

std::vector<int> memory_axes(int rank, Layout layout) {
  if (layout == Layout::kChannelsLast) return {2, 3, 1};
  std::vector<int> axes;
  for (int axis = 1; axis < rank; ++axis) axes.push_back(axis);
  return axes;
}

std::vector<std::int64_t> memory_strides(const Shape& shape, Layout layout) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank()));
  std::int64_t stride = 1;
  const std::vector<int> axes = memory_axes(shape.rank(), layout);
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    strides[static_cast<std::size_t>(*axis)] = stride;
    stride *= shape[*axis];
  }
  strides[0] = stride;
  return strides;
}

Lines lines_along(const Shape& shape, std::int64_t axis, Layout layout) {
  Lines lines{1, shape[static_cast<int>(axis)], 1};
  bool is_behind = false;
  for (const int other : memory_axes(shape.rank(), layout)) {
    if (other == axis) {
      is_behind = true;
    } else {
      (is_behind ? lines.inner : lines.outer) *= shape[other];
    }
  }
  return lines;
}

}  // namespace ockham::cpu
