#include "runtime/graph/operators/reshape.h"

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

Shape infer_shape(const Reshape& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  constexpr std::size_t kMost = kMaxRank - 2;
  if (op.inner.size() > kMost) {
    fail(inputs, std::to_string(op.inner.size()) + " inner extents, expected at most " +
                     std::to_string(kMost));
  }
  std::int64_t product = 1;
  for (const std::int64_t extent : op.inner) {
    if (extent < 1) {
      fail(inputs, "inner extent " + std::to_string(extent) + ", expected at least 1");
    }
    product = saturating_multiply(product, extent);
  }
  const std::int64_t elements = inputs[0].shape.elements();
  if (elements % product != 0) {
    fail(inputs, "the inner extents have " + std::to_string(product) +
                     " elements, which do not divide the input's " + std::to_string(elements));
  }
  std::vector<std::int64_t> dims = {Shape::kBatch, elements / product};
  dims.insert(dims.end(), op.inner.begin(), op.inner.end());
  return Shape(std::move(dims));
}

NodeCost operator_cost(const Reshape&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
