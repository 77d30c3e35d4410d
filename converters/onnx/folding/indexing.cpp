// Constants whose elements are picked, replaced, masked or summed up by where they lie.
#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "converters/onnx/folding/elements.h"
#include "converters/onnx/folding/rules.h"

namespace ockham::converters::onnx_io {
namespace {

/// An index counted from the beginning. Throws Error(kInvalidModel) when it is outside of an axis
/// of this extent.
std::size_t checked_index(const NodeImport& node, std::int64_t index, std::int64_t extent) {
  if (index < -extent || index >= extent) {
    node.invalid("index " + std::to_string(index) + " of an axis of extent " +
                 std::to_string(extent));
  }
  return static_cast<std::size_t>(index < 0 ? index + extent : index);
}

/// The one number that constant input `i` holds.
std::int64_t single_index(NodeImport& node, std::size_t i) {
  const IntegerTensor& given = node.indices(i);
  if (given.elements.size() != 1) {
    node.invalid(node.input_text(i) + " holds " + std::to_string(given.elements.size()) +
                 " numbers, expected 1");
  }
  return given.elements[0];
}

template <class Element>
std::vector<Element> copy_of_input(NodeImport& node) {
  const std::span<const Element> given = elements_of<Element>(node, 0);
  std::vector<Element> copy = new_elements<Element>(node, given.size());
  std::ranges::copy(given, copy.begin());
  return copy;
}

/// Where each block that ScatterND replaces begins in input 0.
std::vector<std::size_t> replaced_places(NodeImport& node, const Dims& dims) {
  const IntegerTensor& indices = node.indices(1);
  const View whole = whole_view(dims);
  const auto depth = static_cast<std::size_t>(indices.dims.back());
  std::vector<std::size_t> places(indices.elements.size() / depth, 0);
  node.charge(places.size() * sizeof(std::size_t));
  for (std::size_t k = 0; k < places.size(); ++k) {
    for (std::size_t axis = 0; axis < depth; ++axis) {
      const std::int64_t index = indices.elements[k * depth + axis];
      places[k] += checked_index(node, index, dims[axis]) * whole.strides[axis];
    }
  }
  return places;
}

/// A sum of whole numbers that do not depend on the batch, or of floats.
Extent sum(const NodeImport& node, Extent a, Extent b) {
  if (a.of_batch || b.of_batch) node.unsupported("sums up numbers that depend on the batch");
  if (__builtin_add_overflow(a.factor, b.factor, &a.factor)) {
    node.invalid("its sums are too large for int64");
  }
  return a;
}

double sum(const NodeImport& /*node*/, double a, float b) { return a + double{b}; }

}  // namespace

void fold_cum_sum(NodeImport& node) {
  node.expect_inputs(2, 2);
  const bool leaves_own_out = node.attributes().integer("exclusive", 0) != 0;
  const bool from_the_end = node.attributes().integer("reverse", 0) != 0;
  const Dims dims = dims_of(node, 0);
  const std::size_t axis = checked_axis(node, single_index(node, 1), dims.size());
  const auto extent = static_cast<std::size_t>(dims[axis]);
  const std::size_t stride = whole_view(dims).strides[axis];
  with_element_type(node, 0, [&]<class Element>() {
    std::vector<Element> sums = copy_of_input<Element>(node);
    for (std::size_t k = 0; k < sums.size(); ++k) {
      if (k / stride % extent != 0) continue;  // not the beginning of a line along the axis
      std::conditional_t<std::is_same_v<Element, float>, double, Extent> so_far{};
      for (std::size_t i = 0; i < extent; ++i) {
        Element& element = sums[k + (from_the_end ? extent - 1 - i : i) * stride];
        const auto with_own = sum(node, so_far, element);
        element = static_cast<Element>(leaves_own_out ? so_far : with_own);
        so_far = with_own;
      }
    }
    emit_tensor(node, dims, std::move(sums));
  });
}

void fold_gather_elements(NodeImport& node) {
  node.expect_inputs(2, 2);
  const Dims from = dims_of(node, 0);
  const IntegerTensor& indices = node.indices(1);
  const std::size_t axis = checked_axis(node, node.attributes().integer("axis", 0), from.size());
  bool fits = indices.dims.size() == from.size();
  for (std::size_t i = 0; fits && i < from.size(); ++i) {
    fits = i == axis || indices.dims[i] <= from[i];
  }
  if (!fits) {
    node.invalid(node.input_text(1) + " has shape " + Shape(indices.dims).text() +
                 ", expected the rank of input 0 and at most its extents, which are " +
                 Shape(from).text());
  }
  for (const std::int64_t index : indices.elements) checked_index(node, index, from[axis]);
  View view{indices.dims, whole_view(from).strides};
  const std::size_t stride = std::exchange(view.strides[axis], 0);
  emit_picked(node, indices.dims, [&](std::size_t k) {
    return view.index(k) + checked_index(node, indices.elements[k], from[axis]) * stride;
  });
}

void fold_scatter_nd(NodeImport& node) {
  node.expect_inputs(3, 3);
  const std::string reduction = node.attributes().text("reduction", "none");
  if (reduction != "none") {
    node.unsupported("attribute 'reduction' is '" + reduction + "'; supported: none");
  }
  const Dims dims = dims_of(node, 0), updates = dims_of(node, 2);
  const Dims& indices = node.indices(1).dims;
  const bool has_places = !indices.empty() && indices.back() >= 1 &&
                          indices.back() <= static_cast<std::int64_t>(dims.size());
  Dims expected;
  if (has_places) {
    expected.assign(indices.begin(), indices.end() - 1);
    expected.insert(expected.end(), dims.begin() + indices.back(), dims.end());
  }
  if (!has_places || updates != expected || node.holds_floats(2) != node.holds_floats(0)) {
    node.invalid(node.input_text(2) + " does not fit what input 1 replaces in input 0");
  }
  const std::vector<std::size_t> places = replaced_places(node, dims);
  with_element_type(node, 0, [&]<class Element>() {
    std::vector<Element> replaced = copy_of_input<Element>(node);
    const std::span<const Element> by = elements_of<Element>(node, 2);
    const std::size_t block = places.empty() ? 0 : by.size() / places.size();
    for (std::size_t k = 0; k < places.size(); ++k) {
      std::ranges::copy(by.subspan(k * block, block),
                        replaced.begin() + static_cast<std::ptrdiff_t>(places[k]));
    }
    emit_tensor(node, dims, std::move(replaced));
  });
}

void fold_trilu(NodeImport& node) {
  node.expect_inputs(1, 2);
  const bool keeps_upper = node.attributes().integer("upper", 1) != 0;
  const Dims dims = dims_of(node, 0);
  if (dims.size() < 2) node.invalid("input 0 is no matrix, expected rank 2 or more");
  const auto columns = static_cast<std::size_t>(dims.back());
  const auto rows = static_cast<std::size_t>(dims[dims.size() - 2]);
  // Further away than this there is no diagonal.
  const std::int64_t diagonal =
      node.has_input(1) ? std::clamp(single_index(node, 1), -kMaxElements, kMaxElements) : 0;
  with_element_type(node, 0, [&]<class Element>() {
    std::vector<Element> part = copy_of_input<Element>(node);
    for (std::size_t k = 0; k < part.size(); ++k) {
      const auto distance =
          static_cast<std::int64_t>(k % columns) - static_cast<std::int64_t>(k / columns % rows);
      if (keeps_upper ? distance < diagonal : distance > diagonal) part[k] = Element{};
    }
    emit_tensor(node, dims, std::move(part));
  });
}

}  // namespace ockham::converters::onnx_io
