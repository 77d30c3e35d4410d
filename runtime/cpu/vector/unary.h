// Unary: functions of each element, on vectors.
#pragma once

#include <cstdint>

#include "runtime/cpu/vector/targets.h"

namespace ockham::cpu {

/// y[i] = f(x[i]); x and y may be the same. What is not a number gives what is not a number.
struct UnaryRow {
  const float* x;
  float* y;
  std::int64_t count;
  float alpha, beta;  ///< parameters of the function (runtime/graph/operators/unary.h)
};

}  // namespace ockham::cpu
