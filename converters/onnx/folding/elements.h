// Elements of constants as the folding rules handle them: floats or Extents, through one interface,
// and views that say where each element of a rearranged tensor comes from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "converters/onnx/import_node.h"

namespace ockham::converters::onnx_io {

using Dims = std::vector<std::int64_t>;

/// Dims of constant input `i`, whose elements have been read, so that it has as many.
Dims dims_of(NodeImport& node, std::size_t i);

/// Number of elements of a tensor that a rule is about to make. Throws Error(kInvalidModel) when an
/// extent is negative, or there are more elements or axes than a value may have.
std::size_t checked_count(const NodeImport& node, const Dims& dims);

/// An axis counted from the beginning. Throws Error(kInvalidModel) when there is no such axis.
std::size_t checked_axis(const NodeImport& node, std::int64_t axis, std::size_t rank);

/// Elements (row-major) of a tensor that lie elsewhere, `strides` apart on each axis from `offset`
/// on. Arithmetic wraps, so that strides may be negative.
struct View {
  Dims dims;
  std::vector<std::size_t> strides;
  std::size_t offset = 0;

  /// Where element `k` lies.
  std::size_t index(std::size_t k) const {
    std::size_t at = offset;
    for (std::size_t axis = dims.size(); axis-- > 0;) {
      const auto extent = static_cast<std::size_t>(dims[axis]);
      at += k % extent * strides[axis];
      k /= extent;
    }
    return at;
  }
};

/// All of a tensor as it lies.
View whole_view(const Dims& dims);

/// Input `i` repeated along the axes on which it has extent 1, so that it has dims `to`.
View broadcast_view(NodeImport& node, std::size_t i, const Dims& to);

/// The dims that inputs have together, each repeated where it has extent 1. Throws
/// Error(kInvalidModel) when they do not fit.
Dims broadcast_dims(const NodeImport& node, const Dims& a, const Dims& b);

template <class Element>
std::span<const Element> elements_of(NodeImport& node, std::size_t i) {
  if constexpr (std::is_same_v<Element, float>) {
    return node.floats(i).elements.floats;
  } else {
    return node.extents(i).elements;
  }
}

/// Elements to be filled, charged to the memory budget.
template <class Element>
std::vector<Element> new_elements(NodeImport& node, std::size_t count) {
  node.charge(count * sizeof(Element));
  return std::vector<Element>(count);
}

inline void emit_tensor(NodeImport& node, Dims dims, std::vector<float> elements) {
  node.emit_constant({.floats = FloatTensor{std::move(dims), own(std::move(elements))}});
}

inline void emit_tensor(NodeImport& node, Dims dims, std::vector<Extent> elements) {
  node.emit_constant({.extents = ExtentTensor{std::move(dims), std::move(elements)}});
}

/// Calls `fold.template operator()<Element>()` for the type of input `i`.
template <class Fold>
void with_element_type(NodeImport& node, std::size_t i, const Fold& fold) {
  if (node.holds_floats(i)) {
    fold.template operator()<float>();
  } else {
    fold.template operator()<Extent>();
  }
}

/// Output 0 has these dims; its element `k` is element `from(k)` of input 0.
template <class From>
void emit_picked(NodeImport& node, const Dims& dims, const From& from) {
  const std::size_t count = checked_count(node, dims);
  with_element_type(node, 0, [&]<class Element>() {
    const std::span<const Element> given = elements_of<Element>(node, 0);
    std::vector<Element> picked = new_elements<Element>(node, count);
    for (std::size_t k = 0; k < count; ++k) picked[k] = given[from(k)];
    emit_tensor(node, dims, std::move(picked));
  });
}

inline void emit_picked(NodeImport& node, const View& view) {
  emit_picked(node, view.dims, [&](std::size_t k) { return view.index(k); });
}

}  // namespace ockham::converters::onnx_io
