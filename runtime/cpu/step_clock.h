// The clock that steps are timed by.
#pragma once

#include <chrono>
#include <cstdint>

namespace ockham::cpu {

inline std::int64_t nanoseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace ockham::cpu
