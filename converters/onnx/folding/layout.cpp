// Constants under other axes, in parts, joined or repeated: the same elements elsewhere.
#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "converters/onnx/folding/elements.h"
#include "converters/onnx/folding/rules.h"
#include "converters/onnx/slice_ranges.h"

namespace ockham::converters::onnx_io {
namespace {

std::int64_t product(const NodeImport& node, Dims::const_iterator begin, Dims::const_iterator end) {
  return static_cast<std::int64_t>(checked_count(node, Dims(begin, end)));
}

/// Output 0 is the elements of input 0 as they lie, with these dims of as many elements.
void emit_with_dims(NodeImport& node, Dims dims) {
  if (node.holds_floats(0)) {
    FloatTensor tensor = node.floats(0);  // shares the elements
    tensor.dims = std::move(dims);
    return node.emit_constant({.floats = std::move(tensor)});
  }
  node.charge(node.extents(0).elements.size() * sizeof(Extent));
  emit_tensor(node, std::move(dims), node.extents(0).elements);
}

/// `target` with Reshape's 0 (copy from `from`) and -1 (what is left) replaced.
Dims reshaped(const NodeImport& node, const Dims& from, const Dims& target, bool zero_copies) {
  Dims dims = target;
  for (std::size_t i = 0; i < dims.size() && zero_copies; ++i) {
    if (dims[i] == 0 && i < from.size()) dims[i] = from[i];
  }
  const std::size_t count = checked_count(node, from);
  const auto open = std::ranges::find(dims, -1);
  if (open != dims.end()) {
    *open = 1;
    const std::size_t known = checked_count(node, dims);
    *open = known == 0 ? 0 : static_cast<std::int64_t>(count / known);
  }
  if (checked_count(node, dims) != count) {
    node.invalid("a constant of " + std::to_string(count) + " elements cannot take shape " +
                 Shape(target).text());
  }
  return dims;
}

/// The axes that a node names, in attribute 'axes' or input 1; in order, each once.
std::vector<std::size_t> named_axes(NodeImport& node, const Dims& given, std::size_t rank) {
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : given) axes.push_back(checked_axis(node, axis, rank));
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end()) node.invalid("names an axis twice");
  return axes;
}

Dims axes_operand(NodeImport& node) {
  const Dims axes = node.attributes().integers("axes", {});
  return node.has_input(1) ? node.indices(1).elements : axes;
}

/// Output 0 is what lies at `indices` of an axis of input 0; the indices, of dims `index_dims`,
/// are within the axis.
void emit_taken(NodeImport& node, std::size_t axis, const Dims& indices, const Dims& index_dims) {
  const Dims from = dims_of(node, 0);
  const auto at = from.begin() + static_cast<std::ptrdiff_t>(axis);
  Dims dims(from.begin(), at);
  dims.insert(dims.end(), index_dims.begin(), index_dims.end());
  dims.insert(dims.end(), at + 1, from.end());
  const auto inner = static_cast<std::size_t>(product(node, at + 1, from.end()));
  const auto extent = static_cast<std::size_t>(*at);
  emit_picked(node, dims, [&, inner, extent](std::size_t k) {
    const std::size_t outer = k / inner / indices.size();
    const auto index = static_cast<std::size_t>(indices[k / inner % indices.size()]);
    return (outer * extent + index) * inner + k % inner;
  });
}

bool differ_only_on(std::size_t axis, Dims a, const Dims& b) {
  if (a.size() != b.size()) return false;
  a[axis] = b[axis];
  return a == b;
}

/// Copies blocks of each input in turn, until all are used up.
template <class Element>
std::vector<Element> joined_blocks(NodeImport& node, std::size_t count,
                                   const std::vector<std::size_t>& blocks) {
  std::vector<std::span<const Element>> parts;
  for (std::size_t i = 0; i < blocks.size(); ++i) parts.push_back(elements_of<Element>(node, i));
  std::vector<Element> joined = new_elements<Element>(node, count);
  auto to = joined.begin();
  for (std::size_t outer = 0; to != joined.end(); ++outer) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      to = std::ranges::copy(parts[i].subspan(outer * blocks[i], blocks[i]), to).out;
    }
  }
  return joined;
}

}  // namespace

void fold_concat(NodeImport& node) {
  const std::size_t inputs = node.input_count();
  node.expect_inputs(inputs, inputs);
  if (!node.attributes().has("axis")) node.invalid("attribute 'axis' is missing");
  Dims dims = dims_of(node, 0);
  const std::size_t axis = checked_axis(node, node.attributes().integer("axis", 0), dims.size());
  const auto axis_offset = static_cast<std::ptrdiff_t>(axis);
  std::vector<std::size_t> blocks;
  std::int64_t joined = 0;
  for (std::size_t i = 0; i < inputs; ++i) {
    const Dims part = dims_of(node, i);
    if (!differ_only_on(axis, part, dims) || node.holds_floats(i) != node.holds_floats(0)) {
      node.invalid(node.input_text(i) + " does not fit input 0, expected a constant of its type " +
                   "and extents, but for axis " + std::to_string(axis));
    }
    joined += part[axis];
    blocks.push_back(
        static_cast<std::size_t>(product(node, part.begin() + axis_offset, part.end())));
  }
  dims[axis] = joined;
  const std::size_t count = checked_count(node, dims);
  with_element_type(node, 0, [&]<class Element>() {
    emit_tensor(node, dims, joined_blocks<Element>(node, count, blocks));
  });
}

void fold_expand(NodeImport& node) {
  node.expect_inputs(2, 2);
  const Dims dims = broadcast_dims(node, dims_of(node, 0), node.indices(1).elements);
  checked_count(node, dims);
  emit_picked(node, broadcast_view(node, 0, dims));
}

void fold_flatten(NodeImport& node) {
  node.expect_inputs(1, 1);
  const Dims dims = dims_of(node, 0);
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::int64_t axis = node.attributes().integer("axis", 1);
  if (axis < -rank || axis > rank) {
    node.invalid("attribute 'axis' is " + std::to_string(axis) + " for a constant of rank " +
                 std::to_string(rank));
  }
  const auto middle = dims.begin() + (axis < 0 ? axis + rank : axis);
  emit_with_dims(node, {product(node, dims.begin(), middle), product(node, middle, dims.end())});
}

void fold_gather(NodeImport& node) {
  node.expect_inputs(2, 2);
  const Dims from = dims_of(node, 0);
  const std::size_t axis = checked_axis(node, node.attributes().integer("axis", 0), from.size());
  IntegerTensor indices = node.indices(1);
  for (std::int64_t& index : indices.elements) {
    if (index < -from[axis] || index >= from[axis]) {
      node.invalid("index " + std::to_string(index) + " of an axis of extent " +
                   std::to_string(from[axis]));
    }
    if (index < 0) index += from[axis];
  }
  emit_taken(node, axis, indices.elements, indices.dims);
}

void fold_reshape(NodeImport& node) {
  node.expect_inputs(2, 2);
  const bool zero_copies = node.attributes().integer("allowzero", 0) == 0;
  emit_with_dims(node, reshaped(node, dims_of(node, 0), node.indices(1).elements, zero_copies));
}

void fold_slice(NodeImport& node) {
  node.expect_inputs(1, 5);
  const std::vector<SliceRange> ranges = slice_ranges(node);
  View view = whole_view(dims_of(node, 0));
  Dims axes;
  for (const SliceRange& range : ranges) axes.push_back(range.axis);
  named_axes(node, axes, view.dims.size());
  for (const SliceRange& range : ranges) {
    const std::size_t axis = checked_axis(node, range.axis, view.dims.size());
    const SlicePart part = slice_part(node, range, view.dims[axis]);
    view.offset += static_cast<std::size_t>(part.start) * view.strides[axis];
    view.strides[axis] *= static_cast<std::size_t>(part.step);
    view.dims[axis] = part.count;
  }
  emit_picked(node, view);
}

void fold_squeeze(NodeImport& node) {
  node.expect_inputs(1, 2);
  Dims dims = dims_of(node, 0);
  const Dims given = axes_operand(node);
  if (given.empty()) {
    std::erase(dims, 1);
    return emit_with_dims(node, std::move(dims));
  }
  const std::vector<std::size_t> axes = named_axes(node, given, dims.size());
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    if (dims[*axis] != 1) {
      node.invalid("axis " + std::to_string(*axis) + " has extent " + std::to_string(dims[*axis]) +
                   ", expected 1");
    }
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(*axis));
  }
  emit_with_dims(node, std::move(dims));
}

void fold_transpose(NodeImport& node) {
  node.expect_inputs(1, 1);
  const View given = whole_view(dims_of(node, 0));
  Dims reversed(given.dims.size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const Dims order = node.attributes().integers("perm", reversed);
  if (order.size() != reversed.size())
    node.invalid("attribute 'perm' does not name each axis once");
  named_axes(node, order, order.size());
  View view;
  for (const std::int64_t axis : order) {
    const std::size_t from = checked_axis(node, axis, order.size());
    view.dims.push_back(given.dims[from]);
    view.strides.push_back(given.strides[from]);
  }
  emit_picked(node, view);
}

void fold_unsqueeze(NodeImport& node) {
  node.expect_inputs(1, 2);
  Dims dims = dims_of(node, 0);
  const Dims given = axes_operand(node);
  for (const std::size_t axis : named_axes(node, given, dims.size() + given.size())) {
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  }
  checked_count(node, dims);
  emit_with_dims(node, std::move(dims));
}

}  // namespace ockham::converters::onnx_io
