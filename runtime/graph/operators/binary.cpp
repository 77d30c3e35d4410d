#include "runtime/graph/operators/binary.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const Binary& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 2, 2);
  expect_activation(inputs, 0, 0);
  expect_activation(inputs, 1, 0);
  if (op.kind != BinaryKind::kAdd) {
    fail(inputs, "kind " + std::to_string(static_cast<int>(op.kind)) + ", expected 0 (add)");
  }
  expect_shape(inputs, 1, inputs[0].shape, "the shape of input 0");
  return inputs[0].shape;
}

NodeCost operator_cost(const Binary&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
