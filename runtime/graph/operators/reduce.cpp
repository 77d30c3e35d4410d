#include "runtime/graph/operators/reduce.h"

#include <utility>

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

std::string_view name_of(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kMax:
      return "reduce_max";
    case ReduceKind::kMin:
      return "reduce_min";
    case ReduceKind::kSum:
      return "reduce_sum";
    case ReduceKind::kMean:
      return "reduce_mean";
    case ReduceKind::kProd:
      return "reduce_prod";
    case ReduceKind::kL1:
      return "reduce_l1";
    case ReduceKind::kL2:
      return "reduce_l2";
    case ReduceKind::kLogSum:
      return "reduce_log_sum";
    case ReduceKind::kLogSumExp:
      return "reduce_log_sum_exp";
    case ReduceKind::kSumSquare:
      return "reduce_sum_square";
  }
  return "reduce of an unknown kind";
}

bool reduces_channels(const Reduce& op) { return op.axes.front() == 1; }

Shape infer_shape(const Reduce& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  expect_kind(inputs, op.kind, kLastReduceKind);
  if (op.axes.empty()) fail(inputs, "no axes, expected at least 1");
  Shape shape = inputs[0].shape;
  std::int64_t before = 0;
  for (const std::int64_t axis : op.axes) {
    expect_axis(inputs, axis);
    if (axis <= before) {
      fail(inputs, "axis " + std::to_string(axis) + " behind axis " + std::to_string(before) +
                       ", expected ascending axes, each once");
    }
    before = axis;
    shape[static_cast<int>(axis)] = 1;
  }
  if (op.keeps_axes) return shape;
  std::vector<std::int64_t> dims = shape.dims();
  for (auto axis = op.axes.rbegin(); axis != op.axes.rend(); ++axis)
    dims.erase(dims.begin() + *axis);
  return Shape(std::move(dims));
}

NodeCost operator_cost(const Reduce&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
