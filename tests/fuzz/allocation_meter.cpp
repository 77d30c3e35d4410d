#include "tests/fuzz/allocation_meter.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#define OCKHAM_COUNTS_ALLOCATIONS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OCKHAM_COUNTS_ALLOCATIONS
#endif
#endif

// As sanitizer/allocator_interface.h has them, which g++ comes without.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_allocation)(const volatile void*,
                                                                               std::size_t),
                                                         void (*on_release)(const volatile void*));
extern "C" std::size_t __sanitizer_get_allocated_size(const volatile void* block);

namespace ockham::tests {
namespace {

// Plain numbers: the hooks below run inside the allocator. Memory from before the meter that is
// given back meanwhile makes `live` negative.
thread_local bool counts = false;
thread_local std::ptrdiff_t live = 0, peak = 0;

#ifdef OCKHAM_COUNTS_ALLOCATIONS
void on_allocation(const volatile void*, std::size_t bytes) {
  if (!counts) return;
  live += static_cast<std::ptrdiff_t>(bytes);
  peak = std::max(peak, live);
}

void on_release(const volatile void* block) {
  if (!counts || block == nullptr) return;
  live -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(block));
}

const bool is_installed = __sanitizer_install_malloc_and_free_hooks(on_allocation, on_release) != 0;
#else
const bool is_installed = true;
#endif

}  // namespace

AllocationMeter::AllocationMeter() {
  if (!is_installed) {
    std::fputs("the sanitizer has no room for another allocation hook\n", stderr);
    std::abort();
  }
  live = peak = 0;
  counts = true;
}

AllocationMeter::~AllocationMeter() { counts = false; }

std::size_t AllocationMeter::most() const { return static_cast<std::size_t>(peak); }

void AllocationMeter::expect_at_most(std::size_t allowed) const {
  if (most() <= allowed) return;
  std::fprintf(stderr, "%zu bytes lay on the heap at once, allowed are %zu\n", most(), allowed);
  std::abort();
}

}  // namespace ockham::tests
