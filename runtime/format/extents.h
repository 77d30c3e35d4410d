// Extents that a file states are believed only after this.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace ockham {

/// Bytes of a dense array of these extents; nothing when an extent is negative or the product
/// leaves 63 bits.
inline std::optional<std::int64_t> byte_size(std::span<const std::int64_t> extents,
                                             std::int64_t element_size) {
  std::int64_t bytes = element_size;
  bool empty = false;
  for (const std::int64_t extent : extents) {
    if (extent < 0) return std::nullopt;
    if (extent == 0) empty = true;
  }
  if (empty) return 0;
  for (const std::int64_t extent : extents) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  }
  return bytes;
}

}  // namespace ockham
