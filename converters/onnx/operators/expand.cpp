// Expand and Tile: both repeat elements along axes.
#include <string>

#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/selection.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

/// All that stands along an axis, `times` times, one behind the other.
void add_repetition(NodeImport& node, NodeChain& chain, std::int64_t axis, std::int64_t times) {
  const std::int64_t extent = chain.shape()[static_cast<int>(axis)];
  if (times < 1 || times > kMaxElements / extent) {
    node.unsupported("repeats axis " + std::to_string(axis) + " " + std::to_string(times) +
                     " times; supported: once or more, up to " + std::to_string(kMaxElements) +
                     " elements");
  }
  if (times == 1) return;
  const std::int64_t count = extent * times;
  std::vector<std::int64_t> indices = node.room_for_indices(count);
  for (std::int64_t i = 0; i < count; ++i) indices.push_back(i % extent);
  chain.add(selection(axis, std::move(indices)));
}

}  // namespace

// Axes of extent 1 are repeated; the file's shape may lack the first axes, or have 1 where nothing
// is to be done.
void import_expand(NodeImport& node) {
  node.expect_inputs(2, 2);
  const ValueId x = node.activation(0);
  const std::vector<std::int64_t> dims = node.shape(x).dims();
  const std::vector<Extent> target = node.extents(1).elements;
  if (target.size() > dims.size()) {
    node.unsupported("puts axes before the batch of " + Shape(dims).text() +
                     "; supported: as many axes as there are, or fewer");
  }
  NodeChain chain(node, x);
  for (std::size_t behind = 1; behind <= target.size(); ++behind) {
    const Extent wanted = target[target.size() - behind];
    const std::size_t axis = dims.size() - behind;
    if (wanted == Extent{1} || node.is_extent(wanted, dims[axis])) continue;
    if (axis == 0 || wanted.of_batch || dims[axis] != 1) {
      node.unsupported("repeats axis " + std::to_string(axis) + " of " + Shape(dims).text() + " " +
                       extent_text(wanted) +
                       " times; supported: axes of extent 1 behind the batch");
    }
    add_repetition(node, chain, static_cast<std::int64_t>(axis), wanted.factor);
  }
  chain.finish();
}

void import_tile(NodeImport& node) {
  node.expect_inputs(2, 2);
  const ValueId x = node.activation(0);
  const int rank = node.shape(x).rank();
  const std::vector<std::int64_t> repeats = node.integers(1).elements;
  if (std::ssize(repeats) != rank) {
    node.invalid(node.input_text(1) + " has " + std::to_string(repeats.size()) +
                 " elements, expected " + std::to_string(rank));
  }
  if (repeats[0] != 1) {
    node.unsupported("repeats the batch " + std::to_string(repeats[0]) + " times; supported: once");
  }
  NodeChain chain(node, x);
  for (int axis = 1; axis < rank; ++axis) {
    add_repetition(node, chain, axis, repeats[static_cast<std::size_t>(axis)]);
  }
  chain.finish();
}

}  // namespace ockham::converters::onnx_io
