// Subnormal numbers cost CPUs a hundred times the usual; nothing that we write or prepare holds
// any.
#pragma once

#include <cmath>

namespace ockham {

inline bool is_subnormal(float number) { return std::fpclassify(number) == FP_SUBNORMAL; }

/// The number, rounded to float, or 0 where that is subnormal.
inline float flushed(double number) {
  const auto rounded = static_cast<float>(number);
  return is_subnormal(rounded) ? 0.0f : rounded;
}

}  // namespace ockham
