#include <string>

#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

void expect_channel_axis(NodeImport& node, int rank) {
  const std::int64_t axis = node.attributes().integer("axis", 0);
  if (axis == 1 || axis == 1 - rank) return;
  node.unsupported("attribute 'axis' is " + std::to_string(axis) + "; supported: 1 (channels)");
}

}  // namespace

void import_gather(NodeImport& node) {
  node.expect_inputs(2, 2);
  const ValueId x = node.activation(0);
  const Shape& shape = node.shape(x);
  expect_channel_axis(node, shape.rank());
  const IntegerTensor& tensor = node.indices(1);
  if (tensor.dims.size() != 1) {
    node.unsupported(node.input_text(1) + " has rank " + std::to_string(tensor.dims.size()) +
                     "; supported: 1");
  }
  Gather gather{tensor.elements};
  for (std::int64_t& index : gather.indices) {
    if (index < 0) index += shape[1];  // counted from the end
  }
  node.emit(std::move(gather), {x});
}

void export_node(const Gather& op, NodeExport& node) {
  node.set_operator("Gather");
  node.set_integer("axis", 1);
  node.add_integers_input("indices", op.indices);
}

}  // namespace ockham::converters::onnx_io
