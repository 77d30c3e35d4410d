// How many random networks a test makes.
#pragma once

#include <cstdint>

namespace ockham::tests {

/// `count`, or under sanitizers, where each takes ten times as long, the first tenth of them.
constexpr std::uint64_t seed_count(std::uint64_t count) {
#ifdef OCKHAM_SANITIZED
  return count / 10;
#else
  return count;
#endif
}

}  // namespace ockham::tests
