// The limit of a session's memory.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>

namespace ockham {

/// Some of the memory that a session needs.
struct MemoryPart {
  std::string purpose;  ///< "the arena"
  std::size_t bytes = 0;
};

/// Throws Error(kOutOfMemory), naming all parts, where they need more than `limit` bytes together.
void check_memory_limit(std::initializer_list<MemoryPart> parts, std::size_t limit);

}  // namespace ockham
