// Counts what a program asks of the allocator and of locks: this program's malloc and
// pthread_mutex_lock (and their relatives) are in allocation_counter.cpp.
#pragma once

namespace ockham::tests {

struct Counts {
  long allocations = 0;  ///< malloc, calloc, realloc, aligned allocations
  long frees = 0;
  long locks = 0;  ///< mutexes, read-write locks, spin locks, semaphores, condition variables

  bool operator==(const Counts&) const = default;
};

/// While it lives, all threads are counted. One at a time.
class CountingScope {
 public:
  CountingScope();
  ~CountingScope();
  CountingScope(const CountingScope&) = delete;
  CountingScope& operator=(const CountingScope&) = delete;

  Counts counts() const;
};

}  // namespace ockham::tests
