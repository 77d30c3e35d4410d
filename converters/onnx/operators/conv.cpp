#include <string>

#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/window.h"

namespace ockham::converters::onnx_io {

namespace {

/// The weight [O, I, k] of a one-dimensional convolution as [O, I, 1, k]; others as they are.
ValueId import_weight(NodeImport& node, const std::vector<std::int64_t>& dims) {
  if (dims.size() == 4) return node.constant(1);
  return node.reshaped_constant(1, {dims[0], dims[1], 1, dims[2]});
}

}  // namespace

void import_conv(NodeImport& node) {
  node.expect_inputs(2, 3);
  const int spatial_axes = count_spatial_axes(node, 0);
  const std::vector<std::int64_t> kernel = import_conv_kernel(node, spatial_axes);
  Conv2d conv;
  const ValueId x = as_images(node, node.activation(0));
  conv.window = import_window(node, spatial_axes, node.shape(x), kernel);
  conv.groups = node.attributes().integer("group", 1);
  std::vector<ValueId> inputs = {x, import_weight(node, node.floats(1).dims)};
  if (node.has_input(2)) inputs.push_back(node.constant(2));
  emit_on_images(node, spatial_axes, conv, std::move(inputs));
}

void export_node(const Conv2d& op, NodeExport& node) {
  node.set_operator("Conv");
  export_window(op.window, node);
  node.set_integers("dilations", {op.window.dilation[0], op.window.dilation[1]});
  node.set_integer("group", op.groups);
}

}  // namespace ockham::converters::onnx_io
