#include <string>

#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

void import_transpose(NodeImport& node) {
  node.expect_inputs(1, 1);
  const ValueId x = node.moved_activation(0);
  const std::int64_t rank = node.shape(x).rank();
  std::vector<std::int64_t> reversed;
  for (std::int64_t axis = rank - 1; axis >= 0; --axis) reversed.push_back(axis);
  const std::vector<std::int64_t> order = node.attributes().integers("perm", reversed);
  if (std::ssize(order) != rank) {
    node.invalid("attribute 'perm' has " + std::to_string(order.size()) + " entries, expected " +
                 std::to_string(rank));
  }
  if (order[0] != 0) {
    node.unsupported("attribute 'perm' moves axis 0; supported: the batch stays axis 0");
  }
  bool changes = false;
  for (std::int64_t axis = 0; axis < rank; ++axis) {
    changes |= order[static_cast<std::size_t>(axis)] != axis;
  }
  if (!changes) return node.pass_through(0);
  node.emit(Transpose{order}, {x});
}

void export_node(const Transpose& op, NodeExport& node) {
  node.set_operator("Transpose");
  node.set_integers("perm", op.order);
}

}  // namespace ockham::converters::onnx_io
