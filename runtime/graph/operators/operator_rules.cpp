#include "runtime/graph/operators/operator_rules.h"

#include <limits>

namespace ockham {
namespace {

std::string input_text(std::size_t i, const OperatorInput& input) {
  return "input " + std::to_string(i) + " has shape " + input.shape.text();
}

/// Attributes beyond this are refused, so that sums of them cannot overflow.
constexpr std::int64_t kMaxWindowAttribute = std::int64_t{1} << 24;

}  // namespace

std::int64_t saturating_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::int64_t>::max()
                                                : product;
}

std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

void fail(const OperatorInputs& inputs, const std::string& text) {
  throw Error(Status::kInvalidModel, inputs.where + ": " + text);
}

void expect_inputs(const OperatorInputs& inputs, std::size_t least, std::size_t most) {
  if (inputs.size() >= least && inputs.size() <= most) return;
  const std::string expected =
      least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
  fail(inputs, std::to_string(inputs.size()) + " inputs, expected " + expected);
}

void expect_activation(const OperatorInputs& inputs, std::size_t i, int rank) {
  const OperatorInput& input = inputs[i];
  if (input.is_constant)
    fail(inputs, input_text(i, input) + " and is a constant, expected an activation");
  if (rank != 0 && input.shape.rank() != rank) {
    fail(inputs, input_text(i, input) + ", expected rank " + std::to_string(rank));
  }
  if (input.shape.rank() < 2) fail(inputs, input_text(i, input) + ", expected rank 2 or more");
}

void expect_constant(const OperatorInputs& inputs, std::size_t i, int rank) {
  const OperatorInput& input = inputs[i];
  if (!input.is_constant) fail(inputs, input_text(i, input) + " and is no constant, expected one");
  if (input.shape.rank() != rank) {
    fail(inputs, input_text(i, input) + ", expected rank " + std::to_string(rank));
  }
}

namespace {

void expect_axis_from(const OperatorInputs& inputs, std::int64_t axis, std::int64_t first) {
  const int rank = inputs[0].shape.rank();
  if (axis >= first && axis < rank) return;
  fail(inputs, "axis " + std::to_string(axis) + ", expected " + std::to_string(first) + " to " +
                   std::to_string(rank - 1));
}

}  // namespace

void expect_axis(const OperatorInputs& inputs, std::int64_t axis) {
  expect_axis_from(inputs, axis, 1);
}

void expect_spatial_axis(const OperatorInputs& inputs, std::int64_t axis) {
  expect_axis_from(inputs, axis, 2);
}

void expect_indices(const OperatorInputs& inputs, const std::vector<std::int64_t>& indices,
                    std::int64_t least, std::int64_t extent) {
  if (indices.empty()) fail(inputs, "no indices, expected at least 1");
  for (std::size_t k = 0; k < indices.size(); ++k) {
    if (indices[k] >= least && indices[k] < extent) continue;
    fail(inputs, "index " + std::to_string(k) + " is " + std::to_string(indices[k]) +
                     ", expected " + std::to_string(least) + " to " + std::to_string(extent - 1));
  }
}

void expect_exact_indices(const OperatorInputs& inputs, std::int64_t axis) {
  constexpr std::int64_t kMost = std::int64_t{1} << 24;
  const std::int64_t extent = inputs[0].shape[static_cast<int>(axis)];
  if (extent <= kMost) return;
  fail(inputs, "axis " + std::to_string(axis) + " has extent " + std::to_string(extent) +
                   ", expected at most " + std::to_string(kMost) +
                   ", so that indices are exact in float32");
}

void expect_shape(const OperatorInputs& inputs, std::size_t i, const Shape& shape,
                  std::string_view role) {
  if (inputs[i].shape == shape) return;
  fail(inputs,
       input_text(i, inputs[i]) + ", expected " + shape.text() + " (" + std::string(role) + ")");
}

void expect_size(const OperatorInputs& inputs, const Shape& output) {
  std::int64_t elements = 1;
  for (int axis = 1; axis < output.rank(); ++axis) {
    elements = saturating_multiply(elements, output[axis]);
  }
  if (elements > kMaxElements) fail(inputs, "the output has too many elements");
}

std::int64_t window_output(const OperatorInputs& inputs, const Window2d& window, int axis,
                           std::int64_t extent) {
  const std::string side = axis == 0 ? " (height)" : " (width)";
  const auto check = [&](const char* name, std::int64_t found, std::int64_t least) {
    if (found < least || found > kMaxWindowAttribute) {
      fail(inputs, std::string(name) + " " + std::to_string(found) + side + ", expected " +
                       std::to_string(least) + " to " + std::to_string(kMaxWindowAttribute));
    }
  };
  check("kernel", window.kernel[axis], 1);
  check("stride", window.stride[axis], 1);
  check("dilation", window.dilation[axis], 1);
  check("pad_begin", window.pad_begin[axis], 0);
  check("pad_end", window.pad_end[axis], 0);
  const std::int64_t reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
  const std::int64_t padded = extent + window.pad_begin[axis] + window.pad_end[axis];
  if (reach > padded) {
    fail(inputs, "the window reaches over " + std::to_string(reach) + " elements" + side +
                     ", but the padded input has " + std::to_string(padded));
  }
  return (padded - reach) / window.stride[axis] + 1;
}

}  // namespace ockham
