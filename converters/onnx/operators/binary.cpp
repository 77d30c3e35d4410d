#include <algorithm>
#include <string>

#include "converters/onnx/operators/gelu_chain.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

using Dims = std::vector<std::int64_t>;

/// The dims of constant input `i`, which are `dims` in the file, as they meet an activation's axes
/// behind the batch: with ones for missing axes, without the batch.
Dims aligned_dims(const NodeImport& node, Dims dims, std::size_t i, const Shape& activation) {
  const Shape as_given(dims);
  const auto rank = static_cast<std::size_t>(activation.rank());
  const std::size_t given = dims.size();
  if (given < rank) dims.insert(dims.begin(), rank - given, 1);
  bool fits = given <= rank && dims[0] == 1;
  for (std::size_t axis = 1; axis < rank && fits; ++axis) {
    fits = dims[axis] == 1 || dims[axis] == activation[static_cast<int>(axis)];
  }
  if (!fits) {
    node.unsupported(node.input_text(i) + " is a constant of shape " + as_given.text() +
                     " beside a value of shape " + activation.text() +
                     "; supported: constants with extent 1 or the value's on each axis, and 1 on " +
                     "the batch's");
  }
  dims.erase(dims.begin());
  return dims;
}

/// Input `i` as it meets an activation of this shape.
ValueId operand(NodeImport& node, std::size_t i, const Shape& partner) {
  if (node.is_constant(i)) {
    const Dims dims = aligned_dims(node, node.floats(i).dims, i, partner);
    return dims == node.floats(i).dims ? node.constant(i) : node.reshaped_constant(i, Shape(dims));
  }
  const ValueId value = node.activation(i);
  if (node.shape(value).rank() != partner.rank()) {
    node.unsupported("inputs have shapes " + partner.text() + " and " + node.shape(value).text() +
                     "; supported: values of one rank");
  }
  return value;
}

void import_two(NodeImport& node, BinaryKind kind) {
  node.expect_inputs(2, 2);
  const ValueId whole = node.activation(node.is_constant(0) ? 1 : 0);
  const Shape shape = node.shape(whole);
  const ValueId left = operand(node, 0, shape);
  emit_elementwise(node, Binary{kind}, {left, operand(node, 1, shape)});
}

/// Max, Min, Sum and Mean take any number of inputs, in any order, of which the first that is
/// computed comes first.
std::size_t first_computed(NodeImport& node) {
  const std::size_t count = std::max<std::size_t>(node.input_count(), 1);
  node.expect_inputs(count, count);
  std::size_t first = 0;
  while (first + 1 < count && node.is_constant(first)) ++first;
  return first;
}

void import_many(NodeImport& node, BinaryKind kind) {
  const std::size_t count = node.input_count();
  if (count == 2) return import_two(node, kind);
  const std::size_t first = first_computed(node);
  ValueId value = node.activation(first);
  if (count == 1) return node.pass_through(0);
  const std::size_t last = first + 1 == count ? count - 2 : count - 1;
  for (std::size_t i = 0; i < count; ++i) {
    if (i == first) continue;
    const std::vector<ValueId> inputs = {value, operand(node, i, node.shape(value))};
    if (i == last) return emit_elementwise(node, Binary{kind}, inputs);
    value = node.compute(Binary{kind}, inputs);
  }
}

/// Whether constant input `i` varies along the channels of `output` at most.
bool is_per_channel(NodeImport& node, std::size_t i, const Shape& output) {
  const Dims dims = aligned_dims(node, node.floats(i).dims, i, output);
  return std::all_of(dims.begin() + 1, dims.end(), [](std::int64_t dim) { return dim == 1; });
}

/// The layer behind whose output nothing but a bias has happened, or -1.
NodeId biased_layer(const NodeImport& node, ValueId value) {
  const NodeId id = node.producer(value);
  if (id < 0) return -1;
  const Operator& op = node.graph_node(id).op;
  return is_layer(op) ? id : -1;
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
  node.emit_instead_of({layer}, node.graph_node(layer).op, std::move(inputs));
}

}  // namespace

// A constant per channel behind a layer becomes its bias.
void import_add(NodeImport& node) {
  node.expect_inputs(2, 2);
  if (node.is_constant(0) == node.is_constant(1)) return import_two(node, BinaryKind::kAdd);
  const std::size_t addend = node.is_constant(0) ? 0 : 1;
  const ValueId x = node.activation(1 - addend);
  const NodeId layer = biased_layer(node, x);
  if (layer < 0 || !is_per_channel(node, addend, node.shape(x))) {
    return import_two(node, BinaryKind::kAdd);
  }
  fold_into_bias(node, layer, addend, node.shape(x)[1]);
}

void import_div(NodeImport& node) { import_two(node, BinaryKind::kDiv); }
void import_max(NodeImport& node) { import_many(node, BinaryKind::kMax); }
// The sum of all, divided by their number.
void import_mean(NodeImport& node) {
  const std::size_t first = first_computed(node), count = node.input_count();
  ValueId sum = node.activation(first);
  if (count == 1) return node.pass_through(0);
  for (std::size_t i = 0; i < count; ++i) {
    if (i == first) continue;
    sum = node.compute(Binary{BinaryKind::kAdd}, {sum, operand(node, i, node.shape(sum))});
  }
  const Shape number(Dims(static_cast<std::size_t>(node.shape(sum).rank()) - 1, 1));
  const ValueId divisor = node.made_constant("count", number, {static_cast<float>(count)});
  emit_elementwise(node, Binary{BinaryKind::kDiv}, {sum, divisor});
}

void import_min(NodeImport& node) { import_many(node, BinaryKind::kMin); }
// The other form of Mod, with the sign of the divisor, is for whole numbers alone.
void import_mod(NodeImport& node) {
  if (node.attributes().integer("fmod", 0) == 0) {
    node.unsupported("attribute 'fmod' is 0 (the sign of the divisor); supported: 1");
  }
  import_two(node, BinaryKind::kFmod);
}

void import_mul(NodeImport& node) {
  node.expect_inputs(2, 2);
  if (!emit_gelu_chain(node)) import_two(node, BinaryKind::kMul);
}

// The exponent may be of whole numbers.
void import_pow(NodeImport& node) {
  node.expect_inputs(2, 2);
  if (node.is_constant(0) || !node.is_constant(1) || node.holds_floats(1)) {
    return import_two(node, BinaryKind::kPow);
  }
  const ExtentTensor& exponents = node.extents(1);
  std::vector<float> elements = node.new_floats(exponents.elements.size());
  for (std::size_t k = 0; k < elements.size(); ++k) {
    if (exponents.elements[k].of_batch)
      node.unsupported(node.input_text(1) + " depends on the batch");
    elements[k] = static_cast<float>(exponents.elements[k].factor);
  }
  const ValueId x = node.activation(0);
  const Shape shape(aligned_dims(node, exponents.dims, 1, node.shape(x)));
  const ValueId exponent = node.made_constant("exponent", shape, std::move(elements));
  emit_elementwise(node, Binary{BinaryKind::kPow}, {x, exponent});
}

void import_p_relu(NodeImport& node) { import_two(node, BinaryKind::kPRelu); }
void import_sub(NodeImport& node) { import_two(node, BinaryKind::kSub); }
void import_sum(NodeImport& node) { import_many(node, BinaryKind::kAdd); }

void export_node(const Binary& op, NodeExport& node) {
  switch (op.kind) {
    case BinaryKind::kAdd:
      return node.set_operator("Add");
    case BinaryKind::kSub:
      return node.set_operator("Sub");
    case BinaryKind::kMul:
      return node.set_operator("Mul");
    case BinaryKind::kDiv:
      return node.set_operator("Div");
    case BinaryKind::kMax:
      return node.set_operator("Max");
    case BinaryKind::kMin:
      return node.set_operator("Min");
    case BinaryKind::kPow:
      return node.set_operator("Pow");
    case BinaryKind::kPRelu:
      return node.set_operator("PRelu");
    case BinaryKind::kFmod:
      node.set_operator("Mod");
      return node.set_integer("fmod", 1);
  }
}

}  // namespace ockham::converters::onnx_io
