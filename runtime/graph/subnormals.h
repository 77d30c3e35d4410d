// Subnormal numbers cost CPUs a hundred times the usual; nothing that we write or prepare holds
// any.
#pragma once

#include <bit>
#include <cstdint>

namespace ockham {

/// By its bits, which no mode of the processor changes, and which compilers compare several at
/// once.
inline bool is_subnormal(float number) {
  constexpr std::int32_t kMagnitude = 0x7FFF'FFFF, kLeastNormal = 0x0080'0000;
  const std::int32_t magnitude = std::bit_cast<std::int32_t>(number) & kMagnitude;
  return magnitude != 0 && magnitude < kLeastNormal;
}

/// The number, rounded to float, or 0 where that is subnormal.
inline float flushed(double number) {
  const auto rounded = static_cast<float>(number);
  return is_subnormal(rounded) ? 0.0f : rounded;
}

}  // namespace ockham
