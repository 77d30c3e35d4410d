// Operators that do nothing when a network is only executed.
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

void import_identity(NodeImport& node) {
  node.expect_inputs(1, 1);
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
