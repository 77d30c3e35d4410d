#include <algorithm>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

void import_concat(NodeImport& node) {
  const std::size_t count = std::max<std::size_t>(node.input_count(), 1);
  node.expect_inputs(count, count);
  if (!node.attributes().has("axis")) node.invalid("attribute 'axis' is missing");
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < count; ++i) inputs.push_back(node.activation(i));
  const int rank = node.shape(inputs[0]).rank();
  const std::int64_t axis = import_axis(node, node.attributes().integer("axis", 1), rank);
  const bool on_images =
      std::ranges::all_of(inputs, [&](ValueId input) { return viewed_images(node, input) >= 0; });
  if (!on_images) return node.emit(Concat{axis}, inputs);
  for (ValueId& input : inputs) input = as_images(node, input);
  emit_on_images(node, 1, Concat{axis == 2 ? 3 : axis}, inputs);
}

void export_node(const Concat& op, NodeExport& node) {
  node.set_operator("Concat");
  node.set_integer("axis", op.axis);
}

}  // namespace ockham::converters::onnx_io
