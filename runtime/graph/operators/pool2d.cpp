#include "runtime/graph/operators/pool2d.h"

#include <algorithm>

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const Pool2d& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 4);
  if (op.kind != PoolKind::kMax && op.kind != PoolKind::kAverage) {
    fail(inputs,
         "kind " + std::to_string(static_cast<int>(op.kind)) + ", expected 0 (max) or 1 (average)");
  }
  const Shape& x = inputs[0].shape;
  const Shape output = {Shape::kBatch, x[1], window_output(inputs, op.window, 0, x[2]),
                        window_output(inputs, op.window, 1, x[3])};
  for (int axis = 0; axis < 2; ++axis) {
    const Window2d& window = op.window;
    const std::int64_t most = std::max(window.pad_begin[axis], window.pad_end[axis]);
    if (window.dilation[axis] != 1) {
      fail(inputs, "dilation " + std::to_string(window.dilation[axis]) + ", expected 1");
    }
    if (most >= window.kernel[axis]) {
      fail(inputs, "padding " + std::to_string(most) + ", expected less than the kernel's " +
                       std::to_string(window.kernel[axis]));
    }
  }
  return output;
}

NodeCost operator_cost(const Pool2d&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
