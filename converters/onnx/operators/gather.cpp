#include <algorithm>
#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/reshape.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/selection.h"

namespace ockham::converters::onnx_io {
namespace {

/// Positions on an axis of this extent, counted from its beginning.
std::vector<std::int64_t> import_indices(NodeImport& node, std::int64_t extent) {
  std::vector<std::int64_t> indices = node.indices(1).elements;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    if (indices[k] < -extent || indices[k] >= extent) {
      node.invalid("index " + std::to_string(k) + " is " + std::to_string(indices[k]) +
                   ", expected " + std::to_string(-extent) + " to " + std::to_string(extent - 1));
    }
    if (indices[k] < 0) indices[k] += extent;  // counted from the end
  }
  return indices;
}

}  // namespace

void import_gather(NodeImport& node) {
  node.expect_inputs(2, 2);
  const ValueId x = node.activation(0);
  const Shape shape = node.shape(x);
  const std::int64_t axis = import_axis(node, node.attributes().integer("axis", 0), shape.rank());
  const std::vector<std::int64_t> to = node.indices(1).dims;
  std::vector<std::int64_t> indices = import_indices(node, shape[static_cast<int>(axis)]);
  if (to.size() == 1) return node.emit(selection(axis, std::move(indices)), {x});
  if (indices.empty()) node.unsupported("picks nothing; supported: at least one position");
  const ValueId picked = node.compute(selection(axis, std::move(indices)), {x});
  std::vector<std::int64_t> dims(shape.dims().begin() + 1, shape.dims().end());
  dims.erase(dims.begin() + (axis - 1));
  dims.insert(dims.begin() + (axis - 1), to.begin(), to.end());
  emit_reshape(node, picked, dims);
}

void export_node(const Gather& op, NodeExport& node) {
  std::vector<std::int64_t> indices = op.indices;
  if (std::ranges::find(indices, Gather::kZero) != indices.end()) {
    const Shape& x = node.input_shape(0);
    std::vector<std::int64_t> pads(2 * static_cast<std::size_t>(x.rank()), 0);
    pads[static_cast<std::size_t>(x.rank()) + 1] = 1;  // a channel of zeros behind the others
    node.set_operator("Pad");
    node.add_integers_input("pads", pads);
    node.continue_as("channels");
    std::ranges::replace(indices, Gather::kZero, x[1]);
  }
  node.set_operator("Gather");
  node.set_integer("axis", 1);
  node.add_integers_input("indices", indices);
}

void export_node(const SpatialGather& op, NodeExport& node) {
  node.set_operator("Gather");
  node.set_integer("axis", op.axis);
  node.add_integers_input("indices", op.indices);
}

}  // namespace ockham::converters::onnx_io
