#include "runtime/graph/operators/batch_norm.h"

#include <cmath>

#include "runtime/graph/number_text.h"
#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

AffineMap affine_map(const BatchNorm& op, std::span<const double> scale,
                     std::span<const double> shift, std::span<const double> mean,
                     std::span<const double> variance) {
  AffineMap map;
  for (std::size_t c = 0; c < scale.size(); ++c) {
    map.factor.push_back(scale[c] / std::sqrt(variance[c] + double{op.epsilon}));
    map.shift.push_back(shift[c] - mean[c] * map.factor[c]);
  }
  return map;
}

Shape infer_shape(const BatchNorm& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 5, 5);
  expect_activation(inputs, 0, 0);
  if (!(op.epsilon >= 0.0f) || !std::isfinite(op.epsilon)) {
    fail(inputs, "epsilon " + number_text(op.epsilon) + ", expected 0 or more");
  }
  if (!(op.momentum >= 0.0f && op.momentum <= 1.0f)) {
    fail(inputs, "momentum " + number_text(op.momentum) + ", expected 0 to 1");
  }
  static constexpr const char* kRoles[] = {"scale", "shift", "mean", "variance"};
  for (std::size_t i = 1; i < 5; ++i) {
    expect_constant(inputs, i, 1);
    expect_shape(inputs, i, {inputs[0].shape[1]}, kRoles[i - 1]);
  }
  return inputs[0].shape;
}

NodeCost operator_cost(const BatchNorm&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
