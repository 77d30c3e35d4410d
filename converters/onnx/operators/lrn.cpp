#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

void import_lrn(NodeImport& node) {
  node.expect_inputs(1, 1);
  Lrn lrn;
  if (!node.attributes().has("size")) node.invalid("attribute 'size' is missing");
  lrn.size = node.attributes().integer("size", lrn.size);
  lrn.alpha = node.attributes().number("alpha", lrn.alpha);
  lrn.beta = node.attributes().number("beta", lrn.beta);
  lrn.bias = node.attributes().number("bias", lrn.bias);
  node.emit(lrn, {node.activation(0)});
}

void export_node(const Lrn& op, NodeExport& node) {
  node.set_operator("LRN");
  node.set_integer("size", op.size);
  node.set_number("alpha", op.alpha);
  node.set_number("beta", op.beta);
  node.set_number("bias", op.bias);
}

}  // namespace ockham::converters::onnx_io
