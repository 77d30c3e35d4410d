#include <algorithm>
#include <numeric>
#include <string>

#include "converters/onnx/operators/node_chain.h"
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

/// `x` with axes in this order. Of what is only transposed already, the one is made that stood
/// before.
ValueId in_order(NodeImport& node, ValueId x, std::vector<std::int64_t> order) {
  const NodeId id = node.producer(x);
  const auto* before = id < 0 ? nullptr : std::get_if<Transpose>(&node.graph_node(id).op);
  if (before != nullptr) {
    for (std::int64_t& axis : order) axis = before->order[static_cast<std::size_t>(axis)];
    x = node.graph_node(id).inputs[0];
  }
  if (std::ranges::is_sorted(order)) return x;
  return node.compute(Transpose{std::move(order)}, {x});
}

/// The product with constant input `weight` along `axis` of `x`: its channels are the axis, all
/// other axes its pixels.
void emit_product_along(NodeImport& node, ValueId x, int axis, std::size_t weight) {
  const Shape shape = node.shape(x);
  std::vector<std::int64_t> order(static_cast<std::size_t>(shape.rank()));
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + 1, order.begin() + axis, order.begin() + axis + 1);
  const ValueId moved = in_order(node, x, order);
  const bool is_line = shape.rank() == 3;
  std::vector<std::int64_t> pixels;
  for (int i = 2; i < shape.rank(); ++i) pixels.push_back(node.shape(moved)[i]);
  const std::int64_t count =
      std::accumulate(pixels.begin(), pixels.end(), std::int64_t{1}, saturating_multiply);
  const ValueId images =
      is_line ? as_images(node, moved) : node.compute(Reshape{{1, count}}, {moved});
  const ValueId matrix = import_weight(node, weight, weight == 0, 1.0f);
  const Shape extents = node.shape(matrix);
  const ValueId kernel = node.viewed_constant(matrix, {extents[0], extents[1], 1, 1});
  NodeChain chain(node, images);
  chain.start(Conv2d{}, {images, kernel});
  if (axis == 1 && is_line) return chain.finish_on_images(1);
  chain.add(Reshape{pixels});
  std::vector<std::int64_t> back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  }
  if (!std::ranges::is_sorted(back)) chain.add(Transpose{std::move(back)});
  chain.finish();
}

/// The product of two values that the network computes, image by image: all products of elements
/// along an axis more, and their sums.
void emit_product(NodeImport& node) {
  const ValueId a = node.activation(0), b = node.activation(1);
  const Shape left = node.shape(a), right = node.shape(b);
  const int rank = left.rank();
  if (rank != right.rank() || rank < 3) {
    node.unsupported("inputs have shapes " + left.text() + " and " + right.text() +
                     "; supported of values that the network computes: two of one rank, 3 or more");
  }
  if (left[rank - 1] != right[rank - 2]) {
    node.invalid("inputs have shapes " + left.text() + " and " + right.text() + ", of which " +
                 std::to_string(left[rank - 1]) + " columns do not meet " +
                 std::to_string(right[rank - 2]) + " rows");
  }
  std::vector<std::int64_t> columns(left.dims().begin() + 2, left.dims().end());
  columns.push_back(1);
  std::vector<std::int64_t> rows(right.dims().begin() + 2, right.dims().end());
  rows.insert(rank == 3 ? rows.begin() : rows.end() - 2, rank == 3 ? right[1] : 1);
  const ValueId column_wise = node.compute(Reshape{std::move(columns)}, {a});
  const ValueId row_wise = node.compute(Reshape{std::move(rows)}, {b});
  const ValueId products = node.compute(Binary{BinaryKind::kMul}, {column_wise, row_wise});
  node.emit(Reduce{ReduceKind::kSum, {rank - 1}, false}, {products});
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

// A constant from the right works on the last axis, one from the left on the last but one. Values
// of rank 2 have a linear layer for that; others become images, and the layer a convolution. Two
// values that the network computes are multiplied image by image.
void import_mat_mul(NodeImport& node) {
  node.expect_inputs(2, 2);
  if (!node.is_constant(0) && !node.is_constant(1)) return emit_product(node);
  const std::size_t weight = node.is_constant(0) ? 0 : 1;
  const ValueId x = node.activation(1 - weight);
  const int rank = node.shape(x).rank();
  if (weight == 1 && rank == 2) {
    return node.emit(Linear{}, {x, import_weight(node, 1, false, 1.0f)});
  }
  if (weight == 0 && rank == 2) {
    node.unsupported(node.input_text(0) +
                     " is a constant that would mix the images of a batch; supported: constants "
                     "from the right");
  }
  emit_product_along(node, x, weight == 1 ? rank - 1 : rank - 2, weight);
}

void export_node(const Linear&, NodeExport& node) {
  node.set_operator("Gemm");
  node.set_integer("transB", 1);
}

}  // namespace ockham::converters::onnx_io
