#include "runtime/graph/operators/unary.h"

#include <cmath>

#include "runtime/graph/operators/memory_cost.h"

namespace ockham {
namespace {

bool has_alpha(UnaryKind kind) {
  return kind == UnaryKind::kLeakyRelu || kind == UnaryKind::kClip || kind == UnaryKind::kElu ||
         kind == UnaryKind::kHardSigmoid;
}

bool has_beta(UnaryKind kind) {
  return kind == UnaryKind::kClip || kind == UnaryKind::kHardSigmoid;
}

void check_parameter(const OperatorInputs& inputs, const char* name, float found, bool is_used) {
  if (is_used ? std::isfinite(found) : found == 0.0f) return;
  fail(inputs, std::string(name) + " " + std::to_string(found) + ", expected " +
                   (is_used ? "a finite number" : "0, for this kind has none"));
}

}  // namespace

std::string_view name_of(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kRelu:
      return "relu";
    case UnaryKind::kLeakyRelu:
      return "leaky_relu";
    case UnaryKind::kClip:
      return "clip";
    case UnaryKind::kSigmoid:
      return "sigmoid";
    case UnaryKind::kTanh:
      return "tanh";
    case UnaryKind::kHardSigmoid:
      return "hard_sigmoid";
    case UnaryKind::kHardSwish:
      return "hard_swish";
    case UnaryKind::kElu:
      return "elu";
    case UnaryKind::kSoftplus:
      return "softplus";
    case UnaryKind::kGelu:
      return "gelu";
    case UnaryKind::kTanhGelu:
      return "tanh_gelu";
    case UnaryKind::kExp:
      return "exp";
    case UnaryKind::kSqrt:
      return "sqrt";
    case UnaryKind::kErf:
      return "erf";
  }
  return "unary of an unknown kind";
}

Shape infer_shape(const Unary& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 0);
  expect_kind(inputs, op.kind, kLastUnaryKind);
  check_parameter(inputs, "alpha", op.alpha, has_alpha(op.kind));
  check_parameter(inputs, "beta", op.beta, has_beta(op.kind));
  if (op.kind == UnaryKind::kClip && op.alpha > op.beta) {
    fail(inputs, "lower bound " + std::to_string(op.alpha) + " (alpha) above upper bound " +
                     std::to_string(op.beta) + " (beta)");
  }
  return inputs[0].shape;
}

NodeCost operator_cost(const Unary&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
