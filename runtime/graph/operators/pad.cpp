#include "runtime/graph/operators/pad.h"

#include <cmath>

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {
namespace {

std::int64_t expect_pad(const OperatorInputs& inputs, std::int64_t pad) {
  if (pad >= 0 && pad <= kMaxElements) return pad;
  fail(inputs,
       "pads by " + std::to_string(pad) + ", expected 0 to " + std::to_string(kMaxElements));
}

}  // namespace

Shape infer_shape(const Pad& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  Shape shape = inputs[0].shape;
  const auto axes = static_cast<std::size_t>(shape.rank() - 2);
  if (axes == 0) fail(inputs, "input 0 has no axes behind the channels, expected at least one");
  if (op.begin.size() != axes || op.end.size() != axes) {
    fail(inputs, std::to_string(op.begin.size()) + " and " + std::to_string(op.end.size()) +
                     " pads, expected one of each for " + std::to_string(axes) + " axes");
  }
  if (!std::isfinite(op.value)) fail(inputs, "the border's number is not finite");
  for (std::size_t i = 0; i < axes; ++i) {
    shape[static_cast<int>(i) + 2] +=
        expect_pad(inputs, op.begin[i]) + expect_pad(inputs, op.end[i]);
  }
  expect_size(inputs, shape);
  return shape;
}

NodeCost operator_cost(const Pad&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
