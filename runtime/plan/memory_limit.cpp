#include "runtime/plan/memory_limit.h"

#include "runtime/graph/error.h"

namespace ockham {

void check_memory_limit(std::initializer_list<MemoryPart> parts, std::size_t limit) {
  std::size_t left = limit;
  bool fits = true;
  std::string needs;
  for (const MemoryPart& part : parts) {
    fits = fits && part.bytes <= left;
    if (fits) left -= part.bytes;
    if (!needs.empty()) needs += " and ";
    needs += std::to_string(part.bytes) + " bytes for " + part.purpose;
  }
  if (fits) return;
  throw Error(Status::kOutOfMemory,
              "the session needs " + needs + ", but its memory limit is " + std::to_string(limit) +
                  "; use a smaller batch, or raise the limit (--memory; in code "
                  "memory_limit)");
}

}  // namespace ockham
