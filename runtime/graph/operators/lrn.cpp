#include "runtime/graph/operators/lrn.h"

#include <cmath>

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const Lrn& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  if (op.size < 1 || op.size > kMaxElements) {
    fail(inputs,
         "size is " + std::to_string(op.size) + ", expected 1 to " + std::to_string(kMaxElements));
  }
  for (const float number : {op.alpha, op.beta, op.bias}) {
    if (!std::isfinite(number)) fail(inputs, "alpha, beta or bias is not finite");
  }
  return inputs[0].shape;
}

NodeCost operator_cost(const Lrn&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
