#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/graph/extrema.h"
#include "runtime/reference/operator_loops.h"

namespace ockham::reference {
namespace {

template <class T>
T tanh_gelu(T x) {
  const T slope = std::sqrt(T{2} / std::numbers::pi_v<T>);
  return x / T{2} * (T{1} + std::tanh(slope * (x + T(0.044715) * x * x * x)));
}

template <class T>
T softplus(T x) {
  return std::max(x, T{0}) + std::log1p(std::exp(-std::abs(x)));
}

template <class T>
T sign(T x) {
  return std::isnan(x) ? x : static_cast<T>((x > T{0}) - (x < T{0}));
}

template <class T>
T shrink(T x, T threshold, T bias) {
  if (x > threshold) return x - bias;
  return x < -threshold ? x + bias : T{0};
}

template <class T>
T apply(const Unary& op, T x) {
  const T alpha{op.alpha}, beta{op.beta};
  switch (op.kind) {
    case UnaryKind::kRelu:
      return at_least(x, T{0});
    case UnaryKind::kLeakyRelu:
      return x < T{0} ? alpha * x : x;
    case UnaryKind::kClip:
      return at_most(at_least(x, alpha), beta);
    case UnaryKind::kSigmoid:
      return T{1} / (T{1} + std::exp(-x));
    case UnaryKind::kTanh:
      return std::tanh(x);
    case UnaryKind::kHardSigmoid:
      return std::clamp(alpha * x + beta, T{0}, T{1});
    case UnaryKind::kHardSwish:
      return x * std::clamp(x / T{6} + T(0.5), T{0}, T{1});
    case UnaryKind::kElu:
      return x < T{0} ? alpha * std::expm1(x) : x;
    case UnaryKind::kSoftplus:
      return softplus(x);
    case UnaryKind::kGelu:
      return x / T{2} * (T{1} + std::erf(x / std::numbers::sqrt2_v<T>));
    case UnaryKind::kTanhGelu:
      return tanh_gelu(x);
    case UnaryKind::kExp:
      return std::exp(x);
    case UnaryKind::kSqrt:
      return std::sqrt(x);
    case UnaryKind::kErf:
      return std::erf(x);
    case UnaryKind::kNeg:
      return -x;
    case UnaryKind::kAbs:
      return std::abs(x);
    case UnaryKind::kReciprocal:
      return T{1} / x;
    case UnaryKind::kFloor:
      return std::floor(x);
    case UnaryKind::kCeil:
      return std::ceil(x);
    case UnaryKind::kRound:
      return std::nearbyint(x);
    case UnaryKind::kSign:
      return sign(x);
    case UnaryKind::kLog:
      return std::log(x);
    case UnaryKind::kSin:
      return std::sin(x);
    case UnaryKind::kCos:
      return std::cos(x);
    case UnaryKind::kTan:
      return std::tan(x);
    case UnaryKind::kAsin:
      return std::asin(x);
    case UnaryKind::kAcos:
      return std::acos(x);
    case UnaryKind::kAtan:
      return std::atan(x);
    case UnaryKind::kSinh:
      return std::sinh(x);
    case UnaryKind::kCosh:
      return std::cosh(x);
    case UnaryKind::kAsinh:
      return std::asinh(x);
    case UnaryKind::kAcosh:
      return std::acosh(x);
    case UnaryKind::kAtanh:
      return std::atanh(x);
    case UnaryKind::kSelu:
      return beta * (x > T{0} ? x : alpha * std::expm1(x));
    case UnaryKind::kCelu:
      return x > T{0} ? x : alpha * std::expm1(x / alpha);
    case UnaryKind::kMish:
      return x * std::tanh(softplus(x));
    case UnaryKind::kSoftsign:
      return x / (T{1} + std::abs(x));
    case UnaryKind::kThresholdedRelu:
      return x > alpha ? x : T{0};
    case UnaryKind::kShrink:
      return shrink(x, alpha, beta);
  }
  return x;
}

}  // namespace

template <class T>
void run_loops(const Unary& op, const LoopArguments<T>& a) {
  const std::int64_t count = a.output_shape.elements();
  for (std::int64_t i = 0; i < count; ++i) a.output[i] = apply(op, a.inputs[0][i]);
}

template void run_loops(const Unary&, const LoopArguments<float>&);
template void run_loops(const Unary&, const LoopArguments<double>&);

}  // namespace ockham::reference
