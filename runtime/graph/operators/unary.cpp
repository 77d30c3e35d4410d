#include "runtime/graph/operators/unary.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const Unary& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  if (op.kind != UnaryKind::kRelu) {
    fail(inputs, "kind " + std::to_string(static_cast<int>(op.kind)) + ", expected 0 (relu)");
  }
  return inputs[0].shape;
}

NodeCost operator_cost(const Unary&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
