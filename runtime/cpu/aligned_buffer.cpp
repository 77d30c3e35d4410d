#include "runtime/cpu/aligned_buffer.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <new>

namespace ockham {
namespace {

/// Blocks of at least a huge page come from the system, which has them zeroed, and in huge pages
/// where it can: the usual ones cost more when they are first touched than what is then written.
/// Sanitizers watch the borders of the heap's blocks alone.
#ifdef OCKHAM_SANITIZED
constexpr std::size_t kLarge = SIZE_MAX;
#else
constexpr std::size_t kLarge = std::size_t{1} << 21;
#endif

std::byte* from_heap(std::size_t bytes) {
  void* const block = ::operator new (bytes, std::align_val_t{AlignedBuffer::kAlignment});
  std::memset(block, 0, bytes);
  return static_cast<std::byte*>(block);
}

std::byte* from_system(std::size_t bytes) {
  void* const block =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  ::madvise(block, bytes, MADV_HUGEPAGE);
#endif
  return static_cast<std::byte*>(block);
}

}  // namespace

AlignedBuffer::AlignedBuffer(std::size_t bytes)
    : data_(bytes < kLarge ? from_heap(bytes) : from_system(bytes), Release{bytes}) {}

void AlignedBuffer::Release::operator()(std::byte* data) const {
  if (bytes < kLarge) {
    ::operator delete (data, std::align_val_t{kAlignment});
  } else {
    ::munmap(data, bytes);
  }
}

}  // namespace ockham
