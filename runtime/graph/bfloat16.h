// bfloat16: the upper half of a float32.
#pragma once

#include <bit>
#include <cstdint>

namespace ockham {

struct Bfloat16 {
  std::uint16_t bits = 0;
};

/// Rounded to the nearest, of two that are as near to the even one. What is not a number stays so.
inline Bfloat16 to_bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  // Rounding could carry a fraction that is not zero into infinity, or on into the sign.
  constexpr std::uint32_t kInfinity = 0x7f80'0000, kMagnitude = 0x7fff'ffff, kQuiet = 0x0040'0000;
  const bool is_nan = (bits & kMagnitude) > kInfinity;
  const std::uint32_t rounded = is_nan ? bits | kQuiet : bits + 0x7fff + (bits >> 16 & 1);
  return {static_cast<std::uint16_t>(rounded >> 16)};
}

/// Exact.
inline float to_float(Bfloat16 x) { return std::bit_cast<float>(std::uint32_t{x.bits} << 16); }

}  // namespace ockham
