// Unary: functions of each element, on vectors.
#pragma once

#include <cstdint>

#include "runtime/cpu/vector/targets.h"

namespace ockham::cpu {

/// For what VectorTarget::unary_function returns: y[i] = f(x[i]); x and y may be the same. Right to
/// 2e-6 of f(x), or 2e-7 where that is more, for every float; what is not a number gives what is
/// not a number. (Highway's functions hold in smaller ranges, which its headers name.)
struct UnaryRow {
  const float* x;
  float* y;
  std::int64_t count;
  float alpha, beta;  ///< parameters of the function (runtime/graph/operators/unary.h)
};

}  // namespace ockham::cpu
