#include "runtime/graph/operators/transpose.h"

#include <algorithm>

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const Transpose& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  const Shape& x = inputs[0].shape;
  std::vector<std::int64_t> axes = op.order;
  std::ranges::sort(axes);
  bool each_once = std::ssize(axes) == x.rank();
  for (std::size_t i = 0; each_once && i < axes.size(); ++i) {
    each_once = axes[i] == static_cast<std::int64_t>(i);
  }
  if (!each_once || op.order[0] != 0) {
    fail(inputs, "the order of axes does not hold 0 to " + std::to_string(x.rank() - 1) +
                     " once each, with 0 (the batch) first");
  }
  Shape shape = x;
  for (int i = 0; i < x.rank(); ++i) {
    shape[i] = x[static_cast<int>(op.order[static_cast<std::size_t>(i)])];
  }
  return shape;
}

NodeCost operator_cost(const Transpose&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
