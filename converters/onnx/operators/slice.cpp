// Split and Slice: both pick positions along axes, as Gather does.
#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/selection.h"

namespace ockham::converters::onnx_io {
namespace {

using Integers = std::vector<std::int64_t>;

/// A slice of one axis, as the file has it.
struct Range {
  std::int64_t axis, start, end, step;
};

/// An operand of Slice: an input in new models, an attribute in old ones.
Integers operand(NodeImport& node, std::size_t i, const char* attribute,
                 const Integers& otherwise) {
  if (node.has_input(i)) return node.indices(i).elements;
  return node.attributes().integers(attribute, otherwise);
}

std::vector<Range> import_ranges(NodeImport& node) {
  const Integers starts = operand(node, 1, "starts", {});
  Integers every(starts.size());
  std::iota(every.begin(), every.end(), 0);
  const Integers ends = operand(node, 2, "ends", {});
  const Integers axes = operand(node, 3, "axes", every);
  const Integers steps = node.has_input(4) ? node.indices(4).elements : Integers(starts.size(), 1);
  if (starts.empty() || ends.size() != starts.size() || axes.size() != starts.size() ||
      steps.size() != starts.size()) {
    node.invalid("has " + std::to_string(starts.size()) + " starts, " +
                 std::to_string(ends.size()) + " ends, " + std::to_string(axes.size()) +
                 " axes and " + std::to_string(steps.size()) + " steps, expected as many of each");
  }
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    ranges.push_back({axes[i], starts[i], ends[i], steps[i]});
  }
  return ranges;
}

/// Whether the range takes a whole axis of this extent, or of any when it is the batch.
bool takes_everything(const Range& range, std::int64_t extent) {
  const bool is_batch = extent == Shape::kBatch;
  const std::int64_t last = is_batch ? std::numeric_limits<std::int32_t>::max() : extent;
  return range.start == 0 && range.step == 1 && range.end >= last;
}

/// The indices from start to end of an axis, clamped to it as ONNX says.
Integers indices_of(NodeImport& node, const Range& range, std::int64_t extent) {
  if (range.step == 0) node.invalid("a step is 0, expected another number");
  const bool forward = range.step > 0;
  const auto clamped = [&](std::int64_t at) {
    if (at < 0) at = at < -extent ? -1 : at + extent;
    return forward ? std::clamp<std::int64_t>(at, 0, extent)
                   : std::clamp<std::int64_t>(at, -1, extent - 1);
  };
  const std::int64_t end = clamped(range.end);
  const std::int64_t step = std::clamp<std::int64_t>(range.step, -extent, extent);
  std::int64_t at =
      forward ? clamped(range.start) : std::max<std::int64_t>(clamped(range.start), 0);
  Integers indices;
  node.charge(static_cast<std::size_t>(extent) * sizeof(std::int64_t));
  for (; forward ? at < end : at > end; at += step) indices.push_back(at);
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
  for (const Range& range : import_ranges(node)) {
    const Shape shape = chain.shape();
    const std::int64_t axis = range.axis < 0 ? range.axis + shape.rank() : range.axis;
    const bool exists = axis >= 0 && axis < shape.rank();
    const std::int64_t extent = exists ? shape[static_cast<int>(axis)] : 0;
    if (exists && takes_everything(range, extent)) continue;
    import_axis(node, range.axis, shape.rank());  // no batch
    Integers indices = indices_of(node, range, extent);
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
