#include "runtime/graph/operators/unary.h"

#include <cmath>
#include <cstddef>
#include <iterator>

#include "runtime/graph/number_text.h"
#include "runtime/graph/operators/memory_cost.h"

namespace ockham {
namespace {

/// What the rules know of a kind.
struct KindFacts {
  UnaryKind kind;
  std::string_view name;
  int parameters = 0;  ///< 1: alpha; 2: beta besides
};

/// In the order of the enum.
constexpr KindFacts kFacts[] = {
    {UnaryKind::kRelu, "relu"},
    {UnaryKind::kLeakyRelu, "leaky_relu", 1},
    {UnaryKind::kClip, "clip", 2},
    {UnaryKind::kSigmoid, "sigmoid"},
    {UnaryKind::kTanh, "tanh"},
    {UnaryKind::kHardSigmoid, "hard_sigmoid", 2},
    {UnaryKind::kHardSwish, "hard_swish"},
    {UnaryKind::kElu, "elu", 1},
    {UnaryKind::kSoftplus, "softplus"},
    {UnaryKind::kGelu, "gelu"},
    {UnaryKind::kTanhGelu, "tanh_gelu"},
    {UnaryKind::kExp, "exp"},
    {UnaryKind::kSqrt, "sqrt"},
    {UnaryKind::kErf, "erf"},
    {UnaryKind::kNeg, "neg"},
    {UnaryKind::kAbs, "abs"},
    {UnaryKind::kReciprocal, "reciprocal"},
    {UnaryKind::kFloor, "floor"},
    {UnaryKind::kCeil, "ceil"},
    {UnaryKind::kRound, "round"},
    {UnaryKind::kSign, "sign"},
    {UnaryKind::kLog, "log"},
    {UnaryKind::kSin, "sin"},
    {UnaryKind::kCos, "cos"},
    {UnaryKind::kTan, "tan"},
    {UnaryKind::kAsin, "asin"},
    {UnaryKind::kAcos, "acos"},
    {UnaryKind::kAtan, "atan"},
    {UnaryKind::kSinh, "sinh"},
    {UnaryKind::kCosh, "cosh"},
    {UnaryKind::kAsinh, "asinh"},
    {UnaryKind::kAcosh, "acosh"},
    {UnaryKind::kAtanh, "atanh"},
    {UnaryKind::kSelu, "selu", 2},
    {UnaryKind::kCelu, "celu", 1},
    {UnaryKind::kMish, "mish"},
    {UnaryKind::kSoftsign, "softsign"},
    {UnaryKind::kThresholdedRelu, "thresholded_relu", 1},
    {UnaryKind::kShrink, "shrink", 2},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < std::size(kFacts); ++i) {
    if (static_cast<std::size_t>(kFacts[i].kind) != i) return false;
  }
  return std::size(kFacts) == static_cast<std::size_t>(kLastUnaryKind) + 1;
}
static_assert(is_in_order());

void check_parameter(const OperatorInputs& inputs, const char* name, float found, bool is_used) {
  if (is_used ? std::isfinite(found) : found == 0.0f) return;
  fail(inputs, std::string(name) + " " + number_text(found) + ", expected " +
                   (is_used ? "a finite number" : "0, for this kind has none"));
}

}  // namespace

std::string_view name_of(UnaryKind kind) {
  return kind <= kLastUnaryKind ? kFacts[static_cast<std::size_t>(kind)].name
                                : "unary of an unknown kind";
}

int parameter_count(UnaryKind kind) { return kFacts[static_cast<std::size_t>(kind)].parameters; }

Shape infer_shape(const Unary& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  expect_kind(inputs, op.kind, kLastUnaryKind);
  check_parameter(inputs, "alpha", op.alpha, parameter_count(op.kind) > 0);
  check_parameter(inputs, "beta", op.beta, parameter_count(op.kind) > 1);
  if (op.kind == UnaryKind::kClip && op.alpha > op.beta) {
    fail(inputs, "lower bound " + number_text(op.alpha) + " (alpha) above upper bound " +
                     number_text(op.beta) + " (beta)");
  }
  if (op.kind == UnaryKind::kCelu && op.alpha == 0.0f) {
    fail(inputs, "alpha 0, expected another number: a celu divides by it");
  }
  return inputs[0].shape;
}

NodeCost operator_cost(const Unary&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
