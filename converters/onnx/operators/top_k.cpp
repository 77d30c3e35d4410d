#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

/// An input from opset 10 on, an attribute before.
std::int64_t import_count(NodeImport& node) {
  const std::int64_t count = node.attributes().integer("k", 1);
  if (!node.has_input(1)) return count;
  const auto& elements = node.integers(1).elements;
  if (elements.size() == 1) return elements[0];
  node.invalid(node.input_text(1) + " has " + std::to_string(elements.size()) +
               " elements, expected 1");
}

}  // namespace

// One node for each of its outputs that is read. In which order they come is free where 'sorted' is
// 0, so that the sorted one is right too.
void import_top_k(NodeImport& node) {
  node.expect_inputs(1, 2);
  const ValueId x = node.activation(0);
  TopK op{.axis = import_axis(node, node.attributes().integer("axis", -1), node.shape(x).rank()),
          .count = import_count(node),
          .largest = node.attributes().integer("largest", 1) != 0};
  node.attributes().integer("sorted", 1);
  for (const TopKOutput gives : {TopKOutput::kValues, TopKOutput::kIndices}) {
    const auto output = static_cast<std::size_t>(gives);
    if (output >= node.output_count() || !node.is_read(output)) continue;
    op.gives = gives;
    node.emit_output(output, op, {x});
  }
  if (node.output_count() > 1) node.set_type(1, {.element = ::onnx::TensorProto::INT64});
}

void export_node(const TopK& op, NodeExport& node) {
  node.set_operator("TopK");
  node.set_integer("axis", op.axis);
  node.set_integer("largest", op.largest ? 1 : 0);
  node.add_integers_input("k", {op.count});
  if (op.gives == TopKOutput::kIndices) {
    node.add_output_before("values");
  } else {
    node.add_output_behind("indices");
  }
}

}  // namespace ockham::converters::onnx_io
