// Copies of runs of floats, which may be short.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ockham::cpu {

/// Returns the place behind the copy. Few floats are copied here: a call would take longer.
inline float* copy_run(const float* from, std::int64_t count, float* to) {
  constexpr std::int64_t kFew = 16;
  if (count > kFew) return std::copy_n(from, count, to);
  for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
  return to + count;
}

}  // namespace ockham::cpu
