#include "runtime/graph/operators/top_k.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

std::string_view name_of(TopKOutput output) {
  return output == TopKOutput::kIndices ? "indices" : "values";
}

Shape infer_shape(const TopK& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  expect_kind(inputs, op.gives, kLastTopKOutput);
  expect_axis(inputs, op.axis);
  expect_exact_indices(inputs, op.axis);
  Shape shape = inputs[0].shape;
  const auto axis = static_cast<int>(op.axis);
  if (op.count < 1 || op.count > shape[axis]) {
    fail(inputs, "takes " + std::to_string(op.count) + " of " + std::to_string(shape[axis]) +
                     " positions, expected 1 to " + std::to_string(shape[axis]));
  }
  shape[axis] = op.count;
  return shape;
}

NodeCost operator_cost(const TopK&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
