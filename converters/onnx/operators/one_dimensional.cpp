#include "converters/onnx/operators/one_dimensional.h"

#include <algorithm>
#include <utility>

namespace ockham::converters::onnx_io {
namespace {

/// A constant [C, L] (each may be 1) beside values [N, C, L], as it stands beside images.
ValueId constant_as_image(NodeImport& node, ValueId constant) {
  const Shape& shape = node.shape(constant);
  return node.viewed_constant(constant, {shape[0], 1, shape[1]});
}

}  // namespace

int count_spatial_axes(NodeImport& node, std::size_t i) {
  const Shape& shape = node.shape(node.activation(i));
  if (shape.rank() == 3 || shape.rank() == 4) return shape.rank() - 2;
  node.unsupported(node.input_text(i) + " has shape " + shape.text() +
                   "; supported: images, [N, C, H, W], and one-dimensional [N, C, L]");
}

ValueId viewed_images(const NodeImport& node, ValueId value) {
  const NodeId id = node.producer(value);
  if (id < 0 || !std::holds_alternative<Reshape>(node.graph_node(id).op)) return -1;
  const ValueId whole = node.graph_node(id).inputs[0];
  const Shape& from = node.shape(whole);
  const Shape& to = node.shape(value);
  const bool is_view = to.rank() == 3 && from == Shape({Shape::kBatch, to[1], 1, to[2]});
  return is_view ? whole : -1;
}

ValueId as_images(NodeImport& node, ValueId value) {
  const Shape& shape = node.shape(value);
  if (shape.rank() != 3) return value;
  const ValueId images = viewed_images(node, value);
  return images < 0 ? node.compute(Reshape{{1, shape[2]}}, {value}) : images;
}

void emit_on_images(NodeImport& node, int spatial_axes, Operator op, std::vector<ValueId> inputs) {
  if (spatial_axes == 2) return node.emit(std::move(op), std::move(inputs));
  const ValueId images = node.emit_before_view(std::move(op), std::move(inputs));
  node.emit_view(Reshape{{node.shape(images)[3]}}, images);
}

void emit_elementwise(NodeImport& node, Operator op, std::vector<ValueId> inputs) {
  const bool on_images =
      std::ranges::any_of(inputs, [&](ValueId input) { return viewed_images(node, input) >= 0; });
  if (!on_images) return node.emit(std::move(op), std::move(inputs));
  for (ValueId& input : inputs) {
    const bool is_constant = node.graph_value(input).is_constant;
    input = is_constant ? constant_as_image(node, input) : as_images(node, input);
  }
  emit_on_images(node, 1, std::move(op), std::move(inputs));
}

}  // namespace ockham::converters::onnx_io
