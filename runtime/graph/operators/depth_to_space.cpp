#include "runtime/graph/operators/depth_to_space.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const DepthToSpace& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 4);
  const Shape& x = inputs[0].shape;
  for (const std::int64_t block : op.block) {
    if (block < 1 || block > x[1]) {
      fail(inputs, "a block's extent is " + std::to_string(block) + ", expected 1 to " +
                       std::to_string(x[1]));
    }
  }
  const std::int64_t pixels = saturating_multiply(op.block[0], op.block[1]);
  if (x[1] % pixels != 0) {
    fail(inputs, "input 0 has " + std::to_string(x[1]) + " channels, expected a multiple of " +
                     std::to_string(pixels));
  }
  const Shape shape = {x[0], x[1] / pixels, saturating_multiply(x[2], op.block[0]),
                       saturating_multiply(x[3], op.block[1])};
  expect_size(inputs, shape);
  return shape;
}

NodeCost operator_cost(const DepthToSpace&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
