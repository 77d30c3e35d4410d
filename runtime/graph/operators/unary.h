// Unary: functions applied to each element.
#pragma once

#include <string_view>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Numbers are those of the model file.
enum class UnaryKind : std::uint8_t {
  kRelu = 0,     ///< max(x, 0)
  kLeakyRelu,    ///< x, below zero alpha x
  kClip,         ///< min(max(x, alpha), beta); ReLU6 is a clip from 0 to 6
  kSigmoid,      ///< 1 / (1 + exp(-x))
  kTanh,         ///< tanh(x)
  kHardSigmoid,  ///< alpha x + beta, cut to 0 .. 1
  kHardSwish,    ///< x times hard sigmoid with 1/6 and 1/2
  kElu,          ///< x, below zero alpha (exp(x) - 1)
  kSoftplus,     ///< log(1 + exp(x))
  kGelu,         ///< x times the normal distribution function
  kTanhGelu,     ///< Gelu by its approximation with tanh
  kExp,          ///< exp(x)
  kSqrt,         ///< square root; of a negative number not a number
  kErf,          ///< error function
  kNeg,          ///< -x
  kAbs,          ///< x without its sign
  kReciprocal,   ///< 1 / x
  kFloor,        ///< rounded down
  kCeil,         ///< rounded up
  kRound,        ///< rounded to the nearest whole number, halves to the even one
  kSign,         ///< -1, 0 or 1
  kLog,          ///< natural logarithm; of a negative number not a number
  kSin,
  kCos,
  kTan,
  kAsin,
  kAcos,
  kAtan,
  kSinh,
  kCosh,
  kAsinh,
  kAcosh,
  kAtanh,
  kSelu,             ///< beta x, below zero beta alpha (exp(x) - 1)
  kCelu,             ///< x, below zero alpha (exp(x / alpha) - 1); alpha is not 0
  kMish,             ///< x tanh(softplus(x))
  kSoftsign,         ///< x / (1 + abs(x))
  kThresholdedRelu,  ///< x, up to alpha 0
  kShrink,           ///< x - beta above alpha, x + beta below -alpha, 0 between
};
inline constexpr UnaryKind kLastUnaryKind = UnaryKind::kShrink;

/// Input: x, any activation. Output: the shape of x.
struct Unary {
  UnaryKind kind = UnaryKind::kRelu;
  // Parameters of the kinds that name them above: finite, and for a clip alpha <= beta. Others have
  // 0.
  float alpha = 0.0f;
  float beta = 0.0f;

  bool operator==(const Unary&) const = default;
};

/// "relu", "leaky_relu" ... ; "unary of an unknown kind".
std::string_view name_of(UnaryKind kind);

/// How many parameters a known kind has: none, alpha, or alpha and beta.
int parameter_count(UnaryKind kind);

Shape infer_shape(const Unary& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Unary& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
