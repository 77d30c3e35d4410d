// Functions of two numbers in float32, as the reference executor computes them.
#pragma once

#include <cmath>

#include "runtime/cuda/host_device.h"
#include "runtime/graph/extrema.h"
#include "runtime/graph/operators/binary.h"

namespace ockham::cuda {

/// What an operator Binary{kind} makes of a and b. Of a known kind.
OCKHAM_HOST_DEVICE inline float apply(BinaryKind kind, float a, float b) {
  switch (kind) {
    case BinaryKind::kAdd:
      return a + b;
    case BinaryKind::kSub:
      return a - b;
    case BinaryKind::kMul:
      return a * b;
    case BinaryKind::kDiv:
      return a / b;
    case BinaryKind::kMax:
      return maximum(a, b);
    case BinaryKind::kMin:
      return minimum(a, b);
    case BinaryKind::kPow:
      return std::pow(a, b);
    case BinaryKind::kPRelu:
      return a < 0.0f ? a * b : a;
    case BinaryKind::kFmod:
      return std::fmod(a, b);
  }
  return a;
}

}  // namespace ockham::cuda
