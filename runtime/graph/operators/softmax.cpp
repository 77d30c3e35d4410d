#include "runtime/graph/operators/softmax.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

std::string_view name_of(SoftmaxKind kind) {
  switch (kind) {
    case SoftmaxKind::kSoftmax:
      return "softmax";
    case SoftmaxKind::kLogSoftmax:
      return "log_softmax";
    case SoftmaxKind::kHardmax:
      return "hardmax";
  }
  return "softmax of an unknown kind";
}

Shape infer_shape(const Softmax& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  expect_kind(inputs, op.kind, kLastSoftmaxKind);
  expect_axis(inputs, op.axis);
  return inputs[0].shape;
}

NodeCost operator_cost(const Softmax&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
