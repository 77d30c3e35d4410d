#include "runtime/graph/operators/arg_extreme.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

std::string_view name_of(ArgKind kind) {
  switch (kind) {
    case ArgKind::kMax:
      return "arg_max";
    case ArgKind::kMin:
      return "arg_min";
  }
  return "arg_extreme of an unknown kind";
}

Shape infer_shape(const ArgExtreme& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  expect_kind(inputs, op.kind, kLastArgKind);
  expect_axis(inputs, op.axis);
  expect_exact_indices(inputs, op.axis);
  std::vector<std::int64_t> dims = inputs[0].shape.dims();
  if (op.keeps_axis) {
    dims[static_cast<std::size_t>(op.axis)] = 1;
  } else {
    dims.erase(dims.begin() + op.axis);
  }
  return Shape(std::move(dims));
}

NodeCost operator_cost(const ArgExtreme&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
