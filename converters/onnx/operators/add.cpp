#include <algorithm>
#include <string>

#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

/// Whether a tensor of these dims, broadcast to `output`, varies along axis 1 at most.
bool is_per_channel(const std::vector<std::int64_t>& dims, const Shape& output) {
  const auto rank = static_cast<std::size_t>(output.rank());
  if (dims.size() > rank) return false;
  const std::size_t missing = rank - dims.size();
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const bool is_channel_axis = i + missing == 1;
    if (dims[i] != 1 && !(is_channel_axis && dims[i] == output[1])) return false;
  }
  return true;
}

/// The layer behind whose output nothing but a bias has happened, or -1.
NodeId biased_layer(const NodeImport& node, ValueId value) {
  const NodeId id = node.producer(value);
  if (id < 0) return -1;
  const Operator& op = node.graph_node(id).op;
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op) ? id : -1;
}

/// `layer` with constant input `i` of this node added to its bias.
void fold_into_bias(NodeImport& node, NodeId layer, std::size_t i, std::int64_t channels) {
  const auto addend = node.floats(i).elements.floats;
  std::vector<float> bias = node.new_floats(static_cast<std::size_t>(channels));
  for (std::size_t c = 0; c < bias.size(); ++c) bias[c] = addend[addend.size() == 1 ? 0 : c];

  std::vector<ValueId> inputs = node.graph_node(layer).inputs;
  if (inputs.size() == 3) {
    const auto present = node.graph_value(inputs[2]).constant.floats;
    for (std::size_t c = 0; c < bias.size(); ++c) bias[c] += present[c];
    inputs.pop_back();
  }
  inputs.push_back(node.derived_constant(i, {channels}, std::move(bias)));
  node.emit_instead_of(layer, node.graph_node(layer).op, std::move(inputs));
}

void import_constant_addend(NodeImport& node, ValueId x, std::size_t i) {
  const Shape& shape = node.shape(x);
  const NodeId layer = biased_layer(node, x);
  if (layer < 0 || !is_per_channel(node.floats(i).dims, shape)) {
    node.unsupported(node.input_text(i) +
                     " is a constant; supported: two values of one shape, or a " +
                     "constant per channel behind Conv, Gemm or MatMul, which becomes their bias");
  }
  fold_into_bias(node, layer, i, shape[1]);
}

}  // namespace

void import_add(NodeImport& node) {
  node.expect_inputs(2, 2);
  if (node.is_constant(1)) return import_constant_addend(node, node.activation(0), 1);
  if (node.is_constant(0)) return import_constant_addend(node, node.activation(1), 0);
  const ValueId a = node.activation(0), b = node.activation(1);
  if (node.shape(a) != node.shape(b)) {
    node.unsupported("adds shapes " + node.shape(a).text() + " and " + node.shape(b).text() +
                     "; supported: equal shapes");
  }
  node.emit(Binary{BinaryKind::kAdd}, {a, b});
}

void export_node(const Binary& op, NodeExport& node) {
  switch (op.kind) {
    case BinaryKind::kAdd:
      return node.set_operator("Add");
  }
}

}  // namespace ockham::converters::onnx_io
