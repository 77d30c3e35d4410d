// Subnormal numbers cost CPUs a hundred times the usual; nothing that we write holds any.
#pragma once

#include <cmath>

namespace ockham::converters {

/// The number, or 0 when it is subnormal.
inline float flushed(float number) {
  return std::fpclassify(number) == FP_SUBNORMAL ? 0.0f : number;
}

}  // namespace ockham::converters
