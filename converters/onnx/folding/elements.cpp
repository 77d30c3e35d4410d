#include "converters/onnx/folding/elements.h"

#include <algorithm>
#include <string>

#include "runtime/graph/shape.h"

namespace ockham::converters::onnx_io {

Dims dims_of(NodeImport& node, std::size_t i) {
  const Dims& dims = node.holds_floats(i) ? node.floats(i).dims : node.extents(i).dims;
  checked_count(node, dims);
  return dims;
}

std::size_t checked_count(const NodeImport& node, const Dims& dims) {
  if (dims.size() > kMaxRank) {
    node.unsupported("gives a constant of rank " + std::to_string(dims.size()) +
                     "; supported: up to " + std::to_string(kMaxRank));
  }
  std::int64_t product = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0 || __builtin_mul_overflow(product, dim, &product) || product > kMaxElements) {
      node.invalid("gives a constant of shape " + Shape(dims).text() +
                   ", whose extents are negative or too large");
    }
  }
  return static_cast<std::size_t>(product);
}

std::size_t checked_axis(const NodeImport& node, std::int64_t axis, std::size_t rank) {
  const auto axes = static_cast<std::int64_t>(rank);
  if (axis < -axes || axis >= axes) {
    node.invalid("axis " + std::to_string(axis) + " of a constant of rank " + std::to_string(rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + axes : axis);
}

View whole_view(const Dims& dims) {
  View view{dims, std::vector<std::size_t>(dims.size())};
  std::size_t stride = 1;
  for (std::size_t axis = dims.size(); axis-- > 0;) {
    view.strides[axis] = stride;
    stride *= static_cast<std::size_t>(dims[axis]);
  }
  return view;
}

View broadcast_view(NodeImport& node, std::size_t i, const Dims& to) {
  const View whole = whole_view(dims_of(node, i));
  View view{to, std::vector<std::size_t>(to.size(), 0)};
  const std::size_t missing = to.size() - whole.dims.size();
  for (std::size_t axis = 0; axis < whole.dims.size(); ++axis) {
    if (whole.dims[axis] != 1) view.strides[missing + axis] = whole.strides[axis];
  }
  return view;
}

Dims broadcast_dims(const NodeImport& node, const Dims& a, const Dims& b) {
  const Dims& longer = a.size() < b.size() ? b : a;
  const Dims& shorter = a.size() < b.size() ? a : b;
  Dims dims = longer;
  const std::size_t missing = longer.size() - shorter.size();
  for (std::size_t axis = 0; axis < shorter.size(); ++axis) {
    std::int64_t& extent = dims[missing + axis];
    if (extent == shorter[axis] || shorter[axis] == 1) continue;
    if (extent != 1) {
      node.invalid("extents " + std::to_string(extent) + " and " + std::to_string(shorter[axis]) +
                   " of two constants meet, expected equal ones or 1");
    }
    extent = shorter[axis];
  }
  return dims;
}

}  // namespace ockham::converters::onnx_io
