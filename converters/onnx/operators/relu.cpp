#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

void import_relu(NodeImport& node) {
  node.expect_inputs(1, 1);
  node.emit(Unary{UnaryKind::kRelu}, {node.activation(0)});
}

void export_node(const Unary& op, NodeExport& node) {
  switch (op.kind) {
    case UnaryKind::kRelu:
      return node.set_operator("Relu");
  }
}

}  // namespace ockham::converters::onnx_io
