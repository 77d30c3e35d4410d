#include <string>

#include "converters/onnx/operators/rules.h"
#include "runtime/graph/number_text.h"

namespace ockham::converters::onnx_io {
namespace {

void expect_matrix(NodeImport& node, std::size_t i, std::size_t rank) {
  if (rank == 2) return;
  node.unsupported(node.input_text(i) + " has rank " + std::to_string(rank) + "; supported: 2");
}

/// [rows, columns] to [columns, rows].
std::vector<float> transposed(NodeImport& node, const FloatTensor& matrix) {
  if (matrix.elements.floats.empty()) return {};
  const auto rows = static_cast<std::size_t>(matrix.dims[0]);
  const auto columns = static_cast<std::size_t>(matrix.dims[1]);
  std::vector<float> result = node.new_floats(rows * columns);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      result[column * rows + row] = matrix.elements.floats[row * columns + column];
    }
  }
  return result;
}

void scale(std::vector<float>& elements, float factor) {
  for (float& element : elements) element *= factor;
}

/// Input `i` as the weight [O, I] of a linear layer; the file holds it so, or transposed.
ValueId import_weight(NodeImport& node, std::size_t i, bool is_output_first, float alpha) {
  const FloatTensor& matrix = node.floats(i);
  expect_matrix(node, i, matrix.dims.size());
  if (is_output_first && alpha == 1.0f) return node.constant(i);
  std::vector<float> elements;
  if (is_output_first) {
    elements = node.new_floats(matrix.elements.floats.size());
    std::copy(matrix.elements.floats.begin(), matrix.elements.floats.end(), elements.begin());
  } else {
    elements = transposed(node, matrix);
  }
  if (alpha != 1.0f) scale(elements, alpha);
  const std::int64_t outputs = matrix.dims[is_output_first ? 0 : 1];
  const std::int64_t inputs = matrix.dims[is_output_first ? 1 : 0];
  return node.derived_constant(i, {outputs, inputs}, std::move(elements));
}

/// Input 2 of Gemm as a bias [O]: C may be [O], [1, O] or a single number.
ValueId import_bias(NodeImport& node, std::int64_t outputs, float beta) {
  const FloatTensor& c = node.floats(2);
  const std::size_t rank = c.dims.size();
  const auto count = static_cast<std::int64_t>(c.elements.floats.size());
  const bool is_row = rank <= 2 && (rank < 2 || c.dims[0] == 1) && (count == outputs || count == 1);
  if (!is_row) {
    node.unsupported(node.input_text(2) + " has " + std::to_string(count) + " elements in rank " +
                     std::to_string(rank) + "; supported: a bias of shape [" +
                     std::to_string(outputs) + "], [1, " + std::to_string(outputs) +
                     "] or a single number");
  }
  if (rank == 1 && count == outputs && beta == 1.0f) return node.constant(2);
  std::vector<float> bias = node.new_floats(static_cast<std::size_t>(outputs));
  for (std::size_t o = 0; o < bias.size(); ++o) bias[o] = c.elements.floats[count == 1 ? 0 : o];
  if (beta != 1.0f) scale(bias, beta);
  return node.derived_constant(2, {outputs}, std::move(bias));
}

/// Emits the layer and, behind it, the sum with input 2 of Gemm, which the network computes.
void emit_with_addend(NodeImport& node, std::vector<ValueId> inputs, float beta) {
  const ValueId addend = node.activation(2);
  expect_matrix(node, 2, static_cast<std::size_t>(node.shape(addend).rank()));
  if (beta != 1.0f) {
    node.unsupported("attribute 'beta' is " + number_text(beta) + " while " + node.input_text(2) +
                     " is computed by the network; supported: 1");
  }
  const std::int64_t outputs = node.shape(inputs[1])[0], columns = node.shape(addend)[1];
  if (columns != 1 && columns != outputs) {
    node.invalid(node.input_text(2) + " has " + std::to_string(columns) +
                 " columns, expected 1 or " + std::to_string(outputs));
  }
  const ValueId product = node.compute(Linear{}, std::move(inputs));
  node.emit(Binary{BinaryKind::kAdd}, {product, addend});
}

}  // namespace

void import_gemm(NodeImport& node) {
  node.expect_inputs(2, 3);
  const ValueId x = node.activation(0);
  expect_matrix(node, 0, static_cast<std::size_t>(node.shape(x).rank()));
  if (node.attributes().integer("transA", 0) != 0) {
    node.unsupported("attribute 'transA' is 1, which would move the batch; supported: 0");
  }
  const bool is_output_first = node.attributes().integer("transB", 0) != 0;
  const float alpha = node.attributes().number("alpha", 1.0f);
  const float beta = node.attributes().number("beta", 1.0f);
  const ValueId weight = import_weight(node, 1, is_output_first, alpha);
  std::vector<ValueId> inputs = {x, weight};
  if (node.has_input(2) && !node.is_constant(2)) return emit_with_addend(node, inputs, beta);
  if (node.has_input(2)) inputs.push_back(import_bias(node, node.shape(weight)[0], beta));
  node.emit(Linear{}, std::move(inputs));
}

void import_mat_mul(NodeImport& node) {
  node.expect_inputs(2, 2);
  const ValueId x = node.activation(0);
  expect_matrix(node, 0, static_cast<std::size_t>(node.shape(x).rank()));
  node.emit(Linear{}, {x, import_weight(node, 1, false, 1.0f)});
}

void export_node(const Linear&, NodeExport& node) {
  node.set_operator("Gemm");
  node.set_integer("transB", 1);
}

}  // namespace ockham::converters::onnx_io
