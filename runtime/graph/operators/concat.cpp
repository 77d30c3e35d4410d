#include "runtime/graph/operators/concat.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const Concat& op, const OperatorInputs& inputs) {
  if (inputs.size() < 1) fail(inputs, "0 inputs, expected at least 1");
  expect_activation(inputs, 0, 0);
  Shape shape = inputs[0].shape;
  expect_axis(inputs, op.axis);
  const int axis = static_cast<int>(op.axis);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    expect_activation(inputs, i, shape.rank());
    Shape expected = inputs[0].shape;
    expected[axis] = inputs[i].shape[axis];
    expect_shape(inputs, i, expected, "input 0's but for the axis of the concat");
    shape[axis] = saturating_add(shape[axis], inputs[i].shape[axis]);
  }
  expect_size(inputs, shape);
  return shape;
}

NodeCost operator_cost(const Concat&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
