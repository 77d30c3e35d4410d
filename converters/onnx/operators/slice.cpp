// Split and Slice: both pick positions along axes, as Gather does.
#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/selection.h"
#include "converters/onnx/slice_ranges.h"

namespace ockham::converters::onnx_io {
namespace {

using Integers = std::vector<std::int64_t>;

/// Whether the range takes a whole axis of this extent, or of any when it is the batch.
bool takes_everything(const SliceRange& range, std::int64_t extent) {
  const bool is_batch = extent == Shape::kBatch;
  const std::int64_t last = is_batch ? std::numeric_limits<std::int32_t>::max() : extent;
  return range.start == 0 && range.step == 1 && range.end >= last;
}

/// The positions that the part has.
Integers indices_of(NodeImport& node, const SlicePart& part) {
  Integers indices = node.room_for_indices(part.count);
  for (std::int64_t i = 0; i < part.count; ++i) indices.push_back(part.start + i * part.step);
  return indices;
}

/// The extents of Split's outputs, one number for each.
Integers split_sizes(NodeImport& node, std::int64_t extent) {
  const auto parts = static_cast<std::int64_t>(node.output_count());
  const std::int64_t stated = node.attributes().integer("num_outputs", parts);
  if (stated != parts) {
    node.invalid("attribute 'num_outputs' is " + std::to_string(stated) + ", but there are " +
                 std::to_string(parts) + " outputs");
  }
  const std::int64_t equal = (extent + parts - 1) / parts;
  Integers sizes(static_cast<std::size_t>(parts), equal);
  sizes.back() = extent - equal * (parts - 1);
  if (node.has_input(1)) {
    sizes = node.integers(1).elements;
  } else {
    sizes = node.attributes().integers("split", sizes);
  }
  std::int64_t left = extent;
  for (const std::int64_t size : sizes) left = size < 1 || size > left ? -1 : left - size;
  if (left != 0 || static_cast<std::int64_t>(sizes.size()) != parts) {
    node.invalid("splits an axis of " + std::to_string(extent) + " into " + std::to_string(parts) +
                 " outputs by sizes that do not add up to it");
  }
  return sizes;
}

}  // namespace

void import_slice(NodeImport& node) {
  node.expect_inputs(1, 5);
  NodeChain chain(node, node.activation(0));
  for (const SliceRange& range : slice_ranges(node)) {
    const Shape shape = chain.shape();
    const std::int64_t axis = range.axis < 0 ? range.axis + shape.rank() : range.axis;
    const bool exists = axis >= 0 && axis < shape.rank();
    const std::int64_t extent = exists ? shape[static_cast<int>(axis)] : 0;
    if (exists && takes_everything(range, extent)) continue;
    import_axis(node, range.axis, shape.rank());  // no batch
    Integers indices = indices_of(node, slice_part(node, range, extent));
    if (indices.empty()) {
      node.unsupported("takes nothing of axis " + std::to_string(axis) +
                       "; supported: at least one position");
    }
    chain.add(selection(axis, std::move(indices)));
  }
  chain.finish();
}

void import_split(NodeImport& node) {
  node.expect_inputs(1, 2);
  const ValueId x = node.activation(0);
  const Shape shape = node.shape(x);
  const std::int64_t axis = import_axis(node, node.attributes().integer("axis", 0), shape.rank());
  const std::int64_t extent = shape[static_cast<int>(axis)];
  std::int64_t first = 0;
  node.charge(static_cast<std::size_t>(extent) * sizeof(std::int64_t));
  const Integers sizes = split_sizes(node, extent);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Integers part(static_cast<std::size_t>(sizes[i]));
    std::iota(part.begin(), part.end(), first);
    first += sizes[i];
    node.emit_output(i, selection(axis, std::move(part)), {x});
  }
}

}  // namespace ockham::converters::onnx_io
