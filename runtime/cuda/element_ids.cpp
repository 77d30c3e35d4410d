#include "runtime/cuda/element_ids.h"

#include <algorithm>
#include <numeric>

#include "runtime/reference/reference.h"

namespace ockham::cuda {
namespace {

std::vector<double> numbers(const ElementIds& ids) { return {ids.begin(), ids.end()}; }

/// What the operator makes of one image.
ElementIds run_once(const Operator& op, std::span<const Shape> shapes,
                    const std::vector<std::vector<double>>& inputs, const Shape& output_shape) {
  std::vector<Shape> with_batch;
  std::vector<const double*> pointers;
  with_batch.reserve(shapes.size());
  pointers.reserve(inputs.size());
  for (const Shape& shape : shapes) with_batch.push_back(shape.with_batch(1));
  for (const auto& input : inputs) pointers.push_back(input.data());
  std::vector<double> output(static_cast<std::size_t>(output_shape.elements()));
  reference::run_operator<double>(op, with_batch, pointers, output_shape.with_batch(1),
                                  output.data());
  ElementIds ids;
  ids.reserve(output.size());
  for (const double number : output) ids.push_back(static_cast<ElementId>(number));
  return ids;
}

}  // namespace

ElementIds consecutive_ids(ElementId first, std::int64_t count) {
  ElementIds ids(static_cast<std::size_t>(count));
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

bool only_moves(const Operator& op) {
  return std::visit(
      Overloaded{[](const Flatten&) { return true; }, [](const Gather&) { return true; },
                 [](const Concat&) { return true; }, [](const Reshape&) { return true; },
                 [](const SpatialGather&) { return true; }, [](const Pad&) { return true; },
                 [](const Transpose&) { return true; }, [](const DepthToSpace&) { return true; },
                 [](const Resize& resize) { return resize.kind == ResizeKind::kNearest; },
                 [](const auto&) { return false; }},
      op);
}

ElementIds moved(const Operator& op, std::span<const Shape> shapes,
                 std::span<const ElementIds> inputs, const Shape& output_shape, ElementId fill) {
  std::vector<std::vector<double>> elements;
  for (const ElementIds& ids : inputs) elements.push_back(numbers(ids));
  Operator filling = op;
  if (auto* pad = std::get_if<Pad>(&filling)) pad->value = static_cast<float>(fill);
  if (auto* resize = std::get_if<Resize>(&filling)) resize->outside = static_cast<float>(fill);
  return run_once(filling, shapes, elements, output_shape);
}

ElementIds repeated(const ElementIds& ids, const Shape& shape, const Shape& output_shape) {
  const std::vector<double> zeros(static_cast<std::size_t>(output_shape.elements()));
  const Shape shapes[] = {shape, output_shape};
  return run_once(Binary{BinaryKind::kAdd}, shapes, {numbers(ids), zeros}, output_shape);
}

std::optional<ElementId> first_of(std::span<const ElementId> ids) {
  if (ids[0] == kZeroElement) return {};
  const auto is_gap = [](ElementId a, ElementId b) { return b != a + 1; };
  if (std::ranges::adjacent_find(ids, is_gap) != ids.end()) return {};
  return ids[0];
}

std::optional<ElementPlanes> as_planes(std::span<const ElementId> ids, std::int64_t planes,
                                       std::int64_t width) {
  const std::size_t size = ids.size() / static_cast<std::size_t>(planes);
  const auto row_size = static_cast<std::size_t>(width);
  ElementPlanes found;
  for (std::size_t at = 0; at < ids.size(); at += size) {
    const auto plane = ids.subspan(at, size);
    found.firsts.push_back(plane[0]);
    if (std::ranges::count(plane, kZeroElement) == std::ssize(plane)) continue;
    if (found.row == 0) found.row = size > row_size ? plane[row_size] - plane[0] : width;
    for (std::size_t y = 0; y < size / row_size; ++y) {
      const auto first = first_of(plane.subspan(y * row_size, row_size));
      const bool is_there = first == plane[0] + static_cast<std::int64_t>(y) * found.row;
      if (!is_there || buffer_index(*first) != buffer_index(plane[0])) return {};
    }
  }
  return found;
}

std::optional<std::int64_t> plane_distance(const ElementPlanes& planes) {
  const ElementIds& firsts = planes.firsts;
  const std::int64_t distance = firsts.size() > 1 ? firsts[1] - firsts[0] : 0;
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    const bool is_there = firsts[i] == firsts[0] + static_cast<std::int64_t>(i) * distance;
    const bool is_near = buffer_index(firsts[i]) == buffer_index(firsts[0]);
    if (firsts[i] == kZeroElement || !is_there || !is_near) return {};
  }
  return distance;
}

}  // namespace ockham::cuda
