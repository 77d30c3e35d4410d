// Numbers that look random, made from others.
#pragma once

#include <cstdint>

namespace ockham {

/// The bits of `x` mixed so that numbers in a row give numbers that look random: the finaliser of
/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
constexpr std::uint64_t mixed_bits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// What seeds and counters are multiplied by before they are mixed: an odd number without pattern.
inline constexpr std::uint64_t kGoldenGamma = 0x9e3779b97f4a7c15u;

}  // namespace ockham
