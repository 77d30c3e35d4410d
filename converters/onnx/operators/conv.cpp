#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/window.h"

namespace ockham::converters::onnx_io {

void import_conv(NodeImport& node) {
  node.expect_inputs(2, 3);
  expect_image(node, 0);
  const std::vector<std::int64_t> weight = import_conv_weight(node);
  Conv2d conv;
  const ValueId x = node.activation(0);
  conv.window = import_window(node, node.shape(x), weight[2], weight[3]);
  conv.groups = node.attributes().integer("group", 1);
  std::vector<ValueId> inputs = {x, node.constant(1)};
  if (node.has_input(2)) inputs.push_back(node.constant(2));
  node.emit(conv, std::move(inputs));
}

void export_node(const Conv2d& op, NodeExport& node) {
  node.set_operator("Conv");
  export_window(op.window, node);
  node.set_integers("dilations", {op.window.dilation[0], op.window.dilation[1]});
  node.set_integer("group", op.groups);
}

}  // namespace ockham::converters::onnx_io
