// IEEE 754 binary16, the half precision of NumPy and ONNX.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace ockham {

/// The number that `bits` are; exact, since float32 holds every half.
inline float float16_to_float(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  float magnitude = 0.0f;
  if (exponent == 0x1f) {
    magnitude = fraction == 0 ? std::numeric_limits<float>::infinity()
                              : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
  }
  return bits >> 15 != 0 ? -magnitude : magnitude;
}

}  // namespace ockham
