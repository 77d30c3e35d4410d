// Flatten, Reshape, Squeeze, Unsqueeze: the same elements under other axes.
#include <algorithm>
#include <optional>
#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/reshape.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

std::string target_text(const std::vector<Extent>& target) {
  if (target.size() > kMaxRank) return "rank " + std::to_string(target.size());
  std::string text = "[";
  for (const Extent& dim : target) text += (text.size() > 1 ? ", " : "") + extent_text(dim);
  return text + "]";
}

/// The extents behind the batch that reshaping `x` to `target` gives; nothing when it moves the
/// batch or has other elements.
std::optional<std::vector<std::int64_t>> behind_batch(const NodeImport& node, const Shape& x,
                                                      const std::vector<Extent>& target,
                                                      bool zero_copies) {
  if (target.size() < 2 || target.size() > kMaxRank) return std::nullopt;
  const bool is_batch =
      (target[0] == Extent{0} && zero_copies) || node.is_extent(target[0], Shape::kBatch);
  if (!is_batch && target[0] != Extent{-1}) return std::nullopt;
  std::vector<std::int64_t> dims;
  for (std::size_t i = 1; i < target.size(); ++i) {
    if (target[i].of_batch) return std::nullopt;
    dims.push_back(target[i].factor);
  }
  std::int64_t known = 1;
  std::int64_t* open = nullptr;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const int axis = static_cast<int>(i) + 1;
    if (dims[i] == 0 && zero_copies && axis < x.rank()) dims[i] = x[axis];
    if (dims[i] == -1 && is_batch && open == nullptr) {
      open = &dims[i];
    } else if (dims[i] < 1 || __builtin_mul_overflow(known, dims[i], &known)) {
      return std::nullopt;
    }
  }
  const std::int64_t left = x.elements() / known;
  if (open != nullptr) *open = left;
  const bool fits = known * left == x.elements() && (open != nullptr || left == 1);
  return fits ? std::optional(dims) : std::nullopt;
}

/// The blocks of a DepthToSpace written as a reshape that parts channels, a transpose `moved` and a
/// reshape to `dims`: how exporters without that operator write it.
std::optional<DepthToSpace> shuffled_pixels(const NodeImport& node, NodeId moved,
                                            const std::vector<std::int64_t>& dims) {
  const Node& transpose = node.graph_node(moved);
  const auto* op = std::get_if<Transpose>(&transpose.op);
  if (op == nullptr || op->order != std::vector<std::int64_t>{0, 1, 4, 2, 5, 3}) return {};
  const NodeId parted = node.producer(transpose.inputs[0]);
  if (parted < 0 || !std::holds_alternative<Reshape>(node.graph_node(parted).op)) return {};
  const Shape& image = node.shape(node.graph_node(parted).inputs[0]);
  const Shape& parts = node.shape(transpose.inputs[0]);  // [N, C, b0, b1, H, W]
  if (image.rank() != 4 || parts[4] != image[2] || parts[5] != image[3]) return {};
  const std::vector<std::int64_t> joined = {parts[1], image[2] * parts[2], image[3] * parts[3]};
  return dims == joined ? std::optional(DepthToSpace{{parts[2], parts[3]}}) : std::nullopt;
}

void emit_pixels_or_reshape(NodeImport& node, ValueId x, const std::vector<std::int64_t>& dims) {
  const NodeId moved = node.producer(x);
  const auto shuffled = moved < 0 ? std::nullopt : shuffled_pixels(node, moved, dims);
  if (!shuffled) return emit_reshape(node, x, dims);
  const NodeId parted = node.producer(node.graph_node(moved).inputs[0]);
  node.emit_instead_of({moved, parted}, *shuffled, {node.graph_node(parted).inputs[0]});
}

std::vector<std::int64_t> axes_behind_batch(NodeImport& node, int rank) {
  std::vector<std::int64_t> axes = import_axes(node, 1, rank);
  std::ranges::sort(axes);
  if (axes.empty() || std::ranges::adjacent_find(axes) != axes.end()) {
    node.unsupported("names no axes, or one twice; supported: each axis once");
  }
  return axes;
}

}  // namespace

// Flattens the axes before `axis` and those behind: before may be the batch, and extents of 1.
void import_flatten(NodeImport& node) {
  node.expect_inputs(1, 1);
  const ValueId x = node.moved_activation(0);
  const Shape& shape = node.shape(x);
  const std::int64_t axis = node.attributes().integer("axis", 1);
  const std::int64_t first = axis < 0 ? axis + shape.rank() : axis;
  bool keeps_batch = first >= 1 && first <= shape.rank();
  for (int before = 1; keeps_batch && before < first; ++before) keeps_batch = shape[before] == 1;
  if (!keeps_batch) {
    node.unsupported("attribute 'axis' is " + std::to_string(axis) + " for " + shape.text() +
                     "; supported: 1, or what leaves the batch alone as well");
  }
  emit_reshape(node, x, {shape.elements()});
}

void import_reshape(NodeImport& node) {
  node.expect_inputs(2, 2);
  const ValueId x = node.moved_activation(0);
  const std::vector<Extent> target = node.extents(1).elements;
  const bool zero_copies = node.attributes().integer("allowzero", 0) == 0;
  const auto dims = behind_batch(node, node.shape(x), target, zero_copies);
  if (!dims) {
    node.unsupported("reshapes " + node.shape(x).text() + " to " + target_text(target) +
                     "; supported: shapes of " + std::to_string(node.shape(x).elements()) +
                     " elements behind the batch, which is written 0 or -1, or taken from a shape");
  }
  emit_pixels_or_reshape(node, x, *dims);
}

void import_squeeze(NodeImport& node) {
  node.expect_inputs(1, 2);
  const ValueId x = node.moved_activation(0);
  const Shape& shape = node.shape(x);
  std::vector<std::int64_t> dims(shape.dims().begin() + 1, shape.dims().end());
  const std::vector<std::int64_t> axes = axes_behind_batch(node, shape.rank());
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    if (shape[static_cast<int>(*axis)] != 1) {
      node.invalid("axis " + std::to_string(*axis) + " of " + shape.text() + " is not 1");
    }
    dims.erase(dims.begin() + (*axis - 1));
  }
  emit_reshape(node, x, dims);
}

void import_unsqueeze(NodeImport& node) {
  node.expect_inputs(1, 2);
  const ValueId x = node.moved_activation(0);
  const Shape& shape = node.shape(x);
  const std::size_t added = node.has_input(1) ? node.integers(1).elements.size()
                                              : node.attributes().integers("axes", {}).size();
  const std::size_t rank = static_cast<std::size_t>(shape.rank()) + added;
  if (rank > kMaxRank) {
    node.unsupported("gives rank " + std::to_string(rank) + "; supported: up to " +
                     std::to_string(kMaxRank));
  }
  std::vector<std::int64_t> dims(shape.dims().begin() + 1, shape.dims().end());
  for (const std::int64_t axis : axes_behind_batch(node, static_cast<int>(rank))) {
    dims.insert(dims.begin() + (axis - 1), 1);
  }
  emit_reshape(node, x, dims);
}

void export_node(const Reshape& op, NodeExport& node) {
  node.set_operator("Reshape");
  std::vector<std::int64_t> target = {0, -1};
  target.insert(target.end(), op.inner.begin(), op.inner.end());
  node.add_integers_input("shape", target);
}

void export_node(const Flatten&, NodeExport& node) {
  node.set_operator("Flatten");
  node.set_integer("axis", 1);
}

}  // namespace ockham::converters::onnx_io
