// Unary functions of one number in float32, as the reference executor computes them.
#pragma once

#include <cmath>
#include <numbers>

#include "runtime/cuda/host_device.h"
#include "runtime/graph/extrema.h"
#include "runtime/graph/operators/unary.h"

namespace ockham::cuda {

OCKHAM_HOST_DEVICE inline float tanh_gelu(float x) {
  constexpr float kSlope = 0.79788456080286536f;  // sqrt(2 / pi)
  return x / 2.0f * (1.0f + std::tanh(kSlope * (x + 0.044715f * x * x * x)));
}

OCKHAM_HOST_DEVICE inline float softplus(float x) {
  return at_least(x, 0.0f) + std::log1p(std::exp(-std::fabs(x)));
}

/// Cut to 0 .. 1.
OCKHAM_HOST_DEVICE inline float cut_to_one(float x) { return at_most(at_least(x, 0.0f), 1.0f); }

OCKHAM_HOST_DEVICE inline float shrink(float x, float threshold, float bias) {
  if (x > threshold) return x - bias;
  return x < -threshold ? x + bias : 0.0f;
}

/// Those of ONNX's activation functions that need exponentials, logarithms and the like.
OCKHAM_HOST_DEVICE inline float apply_smooth(UnaryKind kind, float alpha, float beta, float x) {
  switch (kind) {
    case UnaryKind::kElu:
      return x < 0.0f ? alpha * std::expm1(x) : x;
    case UnaryKind::kSelu:
      return beta * (x > 0.0f ? x : alpha * std::expm1(x));
    case UnaryKind::kCelu:
      return x > 0.0f ? x : alpha * std::expm1(x / alpha);
    case UnaryKind::kSoftplus:
      return softplus(x);
    case UnaryKind::kMish:
      return x * std::tanh(softplus(x));
    case UnaryKind::kGelu:
      return x / 2.0f * (1.0f + std::erf(x / std::numbers::sqrt2_v<float>));
    case UnaryKind::kTanhGelu:
      return tanh_gelu(x);
    case UnaryKind::kSigmoid:
      return 1.0f / (1.0f + std::exp(-x));
    case UnaryKind::kTanh:
      return std::tanh(x);
    case UnaryKind::kExp:
      return std::exp(x);
    case UnaryKind::kErf:
      return std::erf(x);
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
    default:
      return x;
  }
}

/// What an operator Unary{kind, alpha, beta} of a known kind makes of x. What is not a number stays
/// so, but for the kinds that say where x is kept (thresholded relu and shrink), as ONNX has it.
OCKHAM_HOST_DEVICE inline float apply(UnaryKind kind, float alpha, float beta, float x) {
  switch (kind) {
    case UnaryKind::kRelu:
      return at_least(x, 0.0f);
    case UnaryKind::kLeakyRelu:
      return x < 0.0f ? alpha * x : x;
    case UnaryKind::kClip:
      return at_most(at_least(x, alpha), beta);
    case UnaryKind::kHardSigmoid:
      return cut_to_one(alpha * x + beta);
    case UnaryKind::kHardSwish:
      return x * cut_to_one(x / 6.0f + 0.5f);
    case UnaryKind::kThresholdedRelu:
      return x > alpha ? x : 0.0f;
    case UnaryKind::kShrink:
      return shrink(x, alpha, beta);
    case UnaryKind::kSoftsign:
      return x / (1.0f + std::fabs(x));
    case UnaryKind::kSqrt:
      return std::sqrt(x);
    case UnaryKind::kNeg:
      return -x;
    case UnaryKind::kAbs:
      return std::fabs(x);
    case UnaryKind::kReciprocal:
      return 1.0f / x;
    case UnaryKind::kFloor:
      return std::floor(x);
    case UnaryKind::kCeil:
      return std::ceil(x);
    case UnaryKind::kRound:
      return std::nearbyint(x);
    case UnaryKind::kSign:
      return x != x ? x : static_cast<float>((x > 0.0f) - (x < 0.0f));
    default:
      return apply_smooth(kind, alpha, beta, x);
  }
}

}  // namespace ockham::cuda
