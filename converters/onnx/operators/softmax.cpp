#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

/// Before this opset, Softmax runs over all axes from `axis` on at once.
constexpr std::int64_t kFirstOpsetOfOneAxis = 13;

}  // namespace

void import_softmax(NodeImport& node) {
  node.expect_inputs(1, 1);
  const ValueId x = node.activation(0);
  const Shape& shape = node.shape(x);
  const bool is_old = node.opset() < kFirstOpsetOfOneAxis;
  const std::int64_t axis =
      import_axis(node, node.attributes().integer("axis", is_old ? 1 : -1), shape.rank());
  for (int behind = static_cast<int>(axis) + 1; is_old && behind < shape.rank(); ++behind) {
    if (shape[behind] == 1) continue;
    node.unsupported("attribute 'axis' is " + std::to_string(axis) + " for shape " + shape.text() +
                     ", which before opset 13 means all axes from there; supported: the last axis");
  }
  node.emit(Softmax{axis}, {x});
}

void export_node(const Softmax& op, NodeExport& node) {
  node.set_operator("Softmax");
  node.set_integer("axis", op.axis);
}

}  // namespace ockham::converters::onnx_io
