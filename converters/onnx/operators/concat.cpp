#include <algorithm>
#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

/// Constant input `i`, [1, ...], as a value that the network computes for each image: zeros, which
/// are taken of no matter what, and the constant added to them.
ValueId constant_as_activation(NodeImport& node, std::size_t i, ValueId any, std::int64_t axis) {
  const Shape shape = node.shape(any);
  const std::vector<std::int64_t> dims = node.floats(i).dims;
  bool fits = std::ssize(dims) == shape.rank() && dims[0] == 1;
  for (int k = 1; k < shape.rank() && fits; ++k) {
    fits = k == axis || dims[static_cast<std::size_t>(k)] == shape[k];
  }
  if (!fits) {
    node.unsupported(node.input_text(i) + " is a constant of shape " + Shape(dims).text() +
                     " beside " + shape.text() +
                     "; supported: constants of one image, with the value's extents but on axis " +
                     std::to_string(axis));
  }
  const auto zeros_of = [&](std::size_t k, std::int64_t index) {
    node.charge(static_cast<std::size_t>(dims[k]) * sizeof(std::int64_t));
    return std::vector<std::int64_t>(static_cast<std::size_t>(dims[k]), index);
  };
  ValueId zeros = node.compute(Gather{zeros_of(1, Gather::kZero)}, {any});
  if (axis >= 2) {
    zeros = node.compute(SpatialGather{axis, zeros_of(static_cast<std::size_t>(axis), 0)}, {zeros});
  }
  const Shape image(std::vector<std::int64_t>(dims.begin() + 1, dims.end()));
  return node.compute(Binary{BinaryKind::kAdd}, {zeros, node.reshaped_constant(i, image)});
}

/// The first input that the network computes.
ValueId first_activation(NodeImport& node, std::size_t count) {
  std::size_t i = 0;
  while (i + 1 < count && node.is_constant(i)) ++i;
  return node.activation(i);
}

}  // namespace

void import_concat(NodeImport& node) {
  const std::size_t count = std::max<std::size_t>(node.input_count(), 1);
  node.expect_inputs(count, count);
  if (!node.attributes().has("axis")) node.invalid("attribute 'axis' is missing");
  const ValueId first = first_activation(node, count);
  const int rank = node.shape(first).rank();
  const std::int64_t axis = import_axis(node, node.attributes().integer("axis", 1), rank);
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_constant = node.is_constant(i);
    inputs.push_back(is_constant ? constant_as_activation(node, i, first, axis)
                                 : node.activation(i));
  }
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
