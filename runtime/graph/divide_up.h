// divide_up: how many parts of a size a whole has, the last of which may be smaller.
#pragma once

#include <cstdint>

namespace ockham {

/// a / b, rounded up; 0 where `a` is below. `b` is at least 1.
inline std::int64_t divide_up(std::int64_t a, std::int64_t b) {
  return a <= 0 ? 0 : (a - 1) / b + 1;
}

}  // namespace ockham
