// Operators that do nothing when a network is only executed.
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

void import_identity(NodeImport& node) {
  node.expect_inputs(1, 1);
  node.pass_through(0);
}

void import_cast(NodeImport& node) {
  node.expect_inputs(1, 1);
  const std::int64_t to = node.attributes().integer("to", 0);
  node.attributes().integer("saturate", 1);  // concerns only 8-bit floats
  if (to != ::onnx::TensorProto::FLOAT) {
    node.unsupported("attribute 'to' is " + std::to_string(to) +
                     "; supported: " + std::to_string(::onnx::TensorProto::FLOAT) + " (float)");
  }
  node.activation(0);  // all that a network computes is float already
  node.pass_through(0);
}

void import_dropout(NodeImport& node) {
  node.expect_inputs(1, 3);
  if (node.has_input(2) && node.flag(2)) {
    node.unsupported(node.input_text(2) + " (training_mode) is true; supported: false (inference)");
  }
  node.attributes().number("ratio", 0.5f);
  node.attributes().integer("seed", 0);
  node.pass_through(0);
}

}  // namespace ockham::converters::onnx_io
