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
  const std::int64_t channels = shape[1];
  if (op.indices.empty()) fail(inputs, "no indices, expected at least 1");
  for (std::size_t k = 0; k < op.indices.size(); ++k) {
    if (op.indices[k] >= 0 && op.indices[k] < channels) continue;
    fail(inputs, "index " + std::to_string(k) + " is " + std::to_string(op.indices[k]) +
                     ", expected 0 to " + std::to_string(channels - 1));
  }
  shape[1] = static_cast<std::int64_t>(op.indices.size());
  expect_size(inputs, shape);
  return shape;
}

NodeCost operator_cost(const Gather&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
