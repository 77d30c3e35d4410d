#include "converters/onnx/slice_ranges.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace ockham::converters::onnx_io {
namespace {

using Integers = std::vector<std::int64_t>;

/// An operand of Slice: an input in new models, an attribute in old ones.
Integers operand(NodeImport& node, std::size_t i, const char* attribute,
                 const Integers& otherwise) {
  if (node.has_input(i)) return node.indices(i).elements;
  return node.attributes().integers(attribute, otherwise);
}

}  // namespace

std::vector<SliceRange> slice_ranges(NodeImport& node) {
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
  std::vector<SliceRange> ranges;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    ranges.push_back({axes[i], starts[i], ends[i], steps[i]});
  }
  return ranges;
}

SlicePart slice_part(const NodeImport& node, const SliceRange& range, std::int64_t extent) {
  if (range.step == 0) node.invalid("a step is 0, expected another number");
  const bool forward = range.step > 0;
  const auto clamped = [&](std::int64_t at) {
    if (at < 0) at = at < -extent ? -1 : at + extent;
    const std::int64_t least = forward ? 0 : -1, most = forward ? extent : extent - 1;
    return std::clamp<std::int64_t>(at, least, std::max(least, most));
  };
  const std::int64_t from = clamped(range.start), to = clamped(range.end);
  const std::int64_t way = forward ? to - from : from - to;
  if (way <= 0) return {0, 0, 1};
  // A longer step than the axis takes one element, as does the axis' length.
  const std::int64_t step = std::clamp<std::int64_t>(range.step, -extent, extent);
  return {from, (way - 1) / std::abs(step) + 1, step};
}

}  // namespace ockham::converters::onnx_io
