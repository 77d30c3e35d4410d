#include "runtime/graph/operators/linear.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const Linear&, const OperatorInputs& inputs) {
  expect_inputs(inputs, 2, 3);
  expect_activation(inputs, 0, 2);
  expect_constant(inputs, 1, 2);
  const std::int64_t neurons = inputs[1].shape[0];
  expect_shape(inputs, 1, {neurons, inputs[0].shape[1]}, "weight");
  if (inputs.size() == 3) {
    expect_constant(inputs, 2, 1);
    expect_shape(inputs, 2, {neurons}, "bias");
  }
  return {Shape::kBatch, neurons};
}

NodeCost operator_cost(const Linear&, const OperatorInputs& inputs, const Shape& output) {
  NodeCost cost = memory_cost(inputs, output);
  const Shape& weight = inputs[1].shape;
  cost.macs = weight.elements();
  cost.params = weight.elements() + (inputs.size() == 3 ? weight[0] : 0);
  return cost;
}

}  // namespace ockham
