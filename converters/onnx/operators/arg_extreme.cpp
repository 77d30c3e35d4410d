#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

void import_arg_extreme(NodeImport& node) {
  node.expect_inputs(1, 1);
  const ValueId x = node.activation(0);
  const bool is_max = node.op_type() == "ArgMax";
  const ArgExtreme op{
      .kind = is_max ? ArgKind::kMax : ArgKind::kMin,
      .axis = import_axis(node, node.attributes().integer("axis", 0), node.shape(x).rank()),
      .keeps_axis = node.attributes().integer("keepdims", 1) != 0,
      .takes_last = node.attributes().integer("select_last_index", 0) != 0};
  node.emit(op, {x});
  node.set_type(0, {.element = ::onnx::TensorProto::INT64});
}

void export_node(const ArgExtreme& op, NodeExport& node) {
  node.set_operator(op.kind == ArgKind::kMax ? "ArgMax" : "ArgMin");
  node.set_integer("axis", op.axis);
  node.set_integer("keepdims", op.keeps_axis ? 1 : 0);
  node.set_integer("select_last_index", op.takes_last ? 1 : 0);
}

}  // namespace ockham::converters::onnx_io
