// The functions that kernels apply to elements, against the reference executor's.
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "runtime/cuda/binary_function.h"
#include "runtime/cuda/unary_function.h"
#include "runtime/reference/reference.h"

namespace ockham::cuda {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr std::array kNumbers = {0.0f,  -0.0f,  0.3f,  -0.3f,     0.5f,       -0.5f, 1.0f,
                                 -1.0f, 1.7f,   -1.7f, 2.5f,      -2.5f,      7.0f,  -7.0f,
                                 60.0f, -60.0f, 1e-6f, kInfinity, -kInfinity, kNaN,  1e30f};

template <std::size_t kInputs>
float reference_of(const Operator& op, const std::array<float, kInputs>& inputs) {
  const Shape shape{1, 1};
  const std::vector<Shape> shapes(kInputs, shape);
  std::array<const float*, kInputs> pointers;
  for (std::size_t i = 0; i < kInputs; ++i) pointers[i] = &inputs[i];
  float output = 0.0f;
  reference::run_operator<float>(op, shapes, pointers, shape, &output);
  return output;
}

void expect_same(float found, float expected) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(found)) << found;
  } else if (!std::isfinite(expected)) {
    EXPECT_EQ(found, expected);
  } else {
    EXPECT_NEAR(found, expected, 2e-6f * std::fmax(1.0f, std::fabs(expected)));
  }
}

TEST(UnaryFunction, IsTheReferences) {
  for (int kind = 0; kind <= static_cast<int>(kLastUnaryKind); ++kind) {
    Unary op{static_cast<UnaryKind>(kind)};
    if (parameter_count(op.kind) > 0) op.alpha = 0.4f;
    if (parameter_count(op.kind) > 1) op.beta = 1.2f;
    for (const float x : kNumbers) {
      SCOPED_TRACE(std::string(name_of(op.kind)) + " of " + std::to_string(x));
      expect_same(apply(op.kind, op.alpha, op.beta, x), reference_of<1>(op, {x}));
    }
  }
}

TEST(BinaryFunction, IsTheReferences) {
  for (int kind = 0; kind <= static_cast<int>(kLastBinaryKind); ++kind) {
    const Binary op{static_cast<BinaryKind>(kind)};
    for (const float a : kNumbers) {
      for (const float b : kNumbers) {
        SCOPED_TRACE(std::string(name_of(op.kind)) + " of " + std::to_string(a) + ", " +
                     std::to_string(b));
        expect_same(apply(op.kind, a, b), reference_of<2>(op, {a, b}));
      }
    }
  }
}

}  // namespace
}  // namespace ockham::cuda
