#include "runtime/graph/operators/binary.h"

#include <algorithm>

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {
namespace {

std::int64_t extent(const OperatorInput& input, int axis) {
  return input.shape[input.is_constant ? axis - 1 : axis];
}

int activation_rank(const OperatorInput& input) {
  return input.shape.rank() + (input.is_constant ? 1 : 0);
}

[[noreturn]] void refuse_shapes(const OperatorInputs& inputs) {
  fail(inputs, "inputs have shapes " + inputs[0].shape.text() + " and " + inputs[1].shape.text() +
                   ", expected the same or 1 on each axis; a constant has no batch axis");
}

}  // namespace

std::string_view name_of(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::kAdd:
      return "add";
    case BinaryKind::kSub:
      return "sub";
    case BinaryKind::kMul:
      return "mul";
    case BinaryKind::kDiv:
      return "div";
    case BinaryKind::kMax:
      return "max";
    case BinaryKind::kMin:
      return "min";
    case BinaryKind::kPow:
      return "pow";
    case BinaryKind::kPRelu:
      return "prelu";
    case BinaryKind::kFmod:
      return "fmod";
  }
  return "binary of an unknown kind";
}

bool is_elementwise(const Binary&, const OperatorInputs& inputs) {
  return inputs[0].shape == inputs[1].shape;
}

Shape infer_shape(const Binary& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 2, 2);
  const std::size_t first = inputs[0].is_constant ? 1 : 0;
  expect_activation(inputs, first, 0);
  if (!inputs[1 - first].is_constant) expect_activation(inputs, 1 - first, 0);
  expect_kind(inputs, op.kind, kLastBinaryKind);
  Shape shape = inputs[first].shape;
  const OperatorInput& other = inputs[1 - first];
  if (activation_rank(other) != shape.rank()) refuse_shapes(inputs);
  for (int axis = 1; axis < shape.rank(); ++axis) {
    const bool may_repeat = extent(other, axis) == 1 || (shape[axis] == 1 && !other.is_constant);
    if (extent(other, axis) != shape[axis] && !may_repeat) refuse_shapes(inputs);
    shape[axis] = std::max(shape[axis], extent(other, axis));
  }
  const bool repeats_first = inputs[0].is_constant || inputs[0].shape != shape;
  if (op.kind == BinaryKind::kPRelu && repeats_first) {
    fail(inputs, "prelu of " + inputs[0].shape.text() + " by slopes " + inputs[1].shape.text() +
                     ", expected activations that no slope repeats, as in ONNX");
  }
  expect_size(inputs, shape);
  return shape;
}

NodeCost operator_cost(const Binary&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
