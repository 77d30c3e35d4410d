#include "runtime/graph/operators/gather.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

bool selects_everything(const Gather& op, std::int64_t channels) {
  if (static_cast<std::int64_t>(op.indices.size()) != channels) return false;
  for (std::int64_t k = 0; k < channels; ++k) {
    if (op.indices[static_cast<std::size_t>(k)] != k) return false;
  }
  return true;
}

Shape infer_shape(const Gather& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  Shape shape = inputs[0].shape;
  expect_indices(inputs, op.indices, Gather::kZero, shape[1]);
  shape[1] = static_cast<std::int64_t>(op.indices.size());
  expect_size(inputs, shape);
  return shape;
}

NodeCost operator_cost(const Gather&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
