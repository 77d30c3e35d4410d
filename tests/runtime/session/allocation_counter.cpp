#include "tests/runtime/session/allocation_counter.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include <atomic>

namespace ockham::tests {
namespace {

std::atomic<bool> counting{false};
std::atomic<long> allocations{0}, frees{0}, locks{0};

// Unused where a sanitizer keeps its own malloc.
[[maybe_unused]] void count(std::atomic<long>& counter) {
  if (counting.load(std::memory_order_relaxed)) counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

CountingScope::CountingScope() {
  allocations = frees = locks = 0;
  counting = true;
}

CountingScope::~CountingScope() { counting = false; }

Counts CountingScope::counts() const { return {allocations, frees, locks}; }

}  // namespace ockham::tests

// A sanitizer has its own malloc, which must stay.
#ifndef OCKHAM_SANITIZED

#define OCKHAM_REPLACES extern "C" __attribute__((visibility("default")))

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);
}

using ockham::tests::allocations;
using ockham::tests::count;
using ockham::tests::frees;
using ockham::tests::locks;

OCKHAM_REPLACES void* malloc(size_t bytes) noexcept {
  count(allocations);
  return __libc_malloc(bytes);
}

OCKHAM_REPLACES void* calloc(size_t number, size_t bytes) noexcept {
  count(allocations);
  return __libc_calloc(number, bytes);
}

OCKHAM_REPLACES void* realloc(void* block, size_t bytes) noexcept {
  count(allocations);
  return __libc_realloc(block, bytes);
}

OCKHAM_REPLACES void* memalign(size_t alignment, size_t bytes) noexcept {
  count(allocations);
  return __libc_memalign(alignment, bytes);
}

OCKHAM_REPLACES void* aligned_alloc(size_t alignment, size_t bytes) noexcept {
  count(allocations);
  return __libc_memalign(alignment, bytes);
}

OCKHAM_REPLACES int posix_memalign(void** block, size_t alignment, size_t bytes) noexcept {
  count(allocations);
  *block = __libc_memalign(alignment, bytes);
  return *block == nullptr ? ENOMEM : 0;
}

OCKHAM_REPLACES void free(void* block) noexcept {
  if (block != nullptr) count(frees);
  __libc_free(block);
}

// Each lock counts itself and calls the one of the C library.
#define OCKHAM_COUNT_LOCK(name, Lock)                                             \
  OCKHAM_REPLACES int name(Lock* lock) noexcept {                                 \
    using Function = int (*)(Lock*);                                              \
    static const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, #name)); \
    count(locks);                                                                 \
    return next(lock);                                                            \
  }

OCKHAM_COUNT_LOCK(pthread_mutex_lock, pthread_mutex_t)
OCKHAM_COUNT_LOCK(pthread_mutex_trylock, pthread_mutex_t)
OCKHAM_COUNT_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
OCKHAM_COUNT_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)

#endif
