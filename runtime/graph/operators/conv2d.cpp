#include "runtime/graph/operators/conv2d.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const Conv2d& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 2, 3);
  expect_activation(inputs, 0, 4);
  expect_constant(inputs, 1, 4);
  const Shape& x = inputs[0].shape;
  const Shape& weight = inputs[1].shape;
  const std::int64_t filters = weight[0];
  if (op.groups < 1 || x[1] % op.groups != 0 || filters % op.groups != 0) {
    fail(inputs, "groups " + std::to_string(op.groups) + " must divide " + std::to_string(x[1]) +
                     " input channels and " + std::to_string(filters) + " filters");
  }
  expect_shape(inputs, 1, {filters, x[1] / op.groups, op.window.kernel[0], op.window.kernel[1]},
               "weight");
  if (inputs.size() == 3) {
    expect_constant(inputs, 2, 1);
    expect_shape(inputs, 2, {filters}, "bias");
  }
  return {Shape::kBatch, filters, window_output(inputs, op.window, 0, x[2]),
          window_output(inputs, op.window, 1, x[3])};
}

NodeCost operator_cost(const Conv2d&, const OperatorInputs& inputs, const Shape& output) {
  NodeCost cost = memory_cost(inputs, output);
  const Shape& weight = inputs[1].shape;
  cost.macs = saturating_multiply(output[2] * output[3], weight.elements());
  cost.params = weight.elements() + (inputs.size() == 3 ? weight[0] : 0);
  return cost;
}

}  // namespace ockham
