// Operators that do nothing when a network is only executed.
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

void import_identity(NodeImport& node) {
  node.expect_inputs(1, 1);
  node.pass_through(0);
}

// A network computes all in float32 here, so that a Cast is nothing, as long as no number changes
// by it. Indices stay the int64 that they are.
void import_cast(NodeImport& node) {
  node.expect_inputs(1, 1);
  const auto to = static_cast<std::int32_t>(node.attributes().integer("to", 0));
  node.attributes().integer("saturate", 1);  // concerns only 8-bit floats
  const ValueId x = node.typed_activation(0);
  const ValueType from = node.type(0);
  if (from.quantization) node.activation(0);  // refuses it
  const bool is_index = node.graph_value(x).type == ElementType::kInt64;
  if (is_float_type(to) && !is_index) return node.pass_as(0, {});
  const bool is_wide = to == ::onnx::TensorProto::INT32 || to == ::onnx::TensorProto::INT64;
  if (is_wide && is_whole(from.element)) return node.pass_as(0, {.element = to});
  node.unsupported(
      "attribute 'to' is " + std::to_string(to) + " for " +
      (is_index
           ? "indices; supported: 6 (int32) and 7 (int64)"
           : element_type_name(from.element) +
                 "; supported: 1 (float), and double, float16 and bfloat16, computed in float"));
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
