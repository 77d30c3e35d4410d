#include "runtime/graph/operators/spatial_gather.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const SpatialGather& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  expect_spatial_axis(inputs, op.axis);
  Shape shape = inputs[0].shape;
  const int axis = static_cast<int>(op.axis);
  expect_indices(inputs, op.indices, 0, shape[axis]);
  shape[axis] = static_cast<std::int64_t>(op.indices.size());
  expect_size(inputs, shape);
  return shape;
}

NodeCost operator_cost(const SpatialGather&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
