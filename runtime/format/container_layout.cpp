#include "runtime/format/container_layout.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ockham::format {

Checksum checksum_of(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace ockham::format
