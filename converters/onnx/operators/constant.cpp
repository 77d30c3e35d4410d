#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

void import_constant(NodeImport& node) {
  node.expect_inputs(0, 0);
  Attributes& attributes = node.attributes();
  if (attributes.has("value")) {
    node.emit_constant({.tensor = &attributes.tensor("value")});
  } else if (attributes.has("value_ints")) {
    const std::vector<std::int64_t> elements = attributes.integers("value_ints", {});
    node.emit_constant(
        {.integers = IntegerTensor{{static_cast<std::int64_t>(elements.size())}, elements}});
  } else if (attributes.has("value_int")) {
    node.emit_constant({.integers = IntegerTensor{{}, {attributes.integer("value_int", 0)}}});
  } else if (attributes.has("value_float")) {
    node.emit_constant({.floats = FloatTensor{{}, own({attributes.number("value_float", 0.0f)})}});
  } else if (attributes.has("value_floats")) {
    const std::vector<float> elements = attributes.numbers("value_floats", {});
    node.emit_constant(
        {.floats = FloatTensor{{static_cast<std::int64_t>(elements.size())}, own(elements)}});
  } else {
    node.unsupported(
        "holds no tensor; supported: value, value_float, value_floats, value_int, value_ints");
  }
}

}  // namespace ockham::converters::onnx_io
