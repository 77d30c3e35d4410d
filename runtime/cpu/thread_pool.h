// ThreadPool: threads that share the loops of sessions' kernels.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>

namespace ockham::cpu {

/// Far beyond any machine; a guard against nonsense.
inline constexpr int kMostThreads = 1024;

/// Threads of the caller's, for a pool that has none of its own.
struct CallersThreads {
  using Part = void (*)(void* loop, std::int32_t part);
  /// Calls `part(loop, i)` once for each i of 0 ... parts - 1, on any threads and in any order, or
  /// for fewer of them; returns when these calls have. Does not throw. For one caller at a time.
  void (*share)(void* context, std::int32_t parts, Part part, void* loop) = nullptr;
  void* context = nullptr;
};

/// The calling thread and `threads - 1` workers, which sleep while there is nothing to do; or
/// threads of the caller's.
///
/// Chunks of a loop are claimed one by one, by whoever is free. A worker that is late (the machine
/// is busy, it was asleep), or that a fork did not copy, is not waited for: the caller then does
/// the work itself. Signals of the process are not handled in workers. What a chunk computes must
/// not depend on who computes it, so that results are the same to the bit for any number of
/// threads.
class ThreadPool {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of the cache
 public:
  /// Throws Error(kOutOfMemory) where the system gives no more threads.
  explicit ThreadPool(int threads);
  /// Up to `threads` of theirs, the calling one included.
  ThreadPool(int threads, const CallersThreads& theirs);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  int threads() const { return threads_; }

  /// Calls `work(first, last, thread)` for ranges of 0 ... items - 1 that together are all of them,
  /// and returns when all are done. `cost` is that of an item, in multiplications or the like:
  /// loops that are too short to be shared, and all loops of a pool of one thread, are one range on
  /// the calling thread. So is a loop that comes while the pool is busy with another caller's.
  /// `thread` is below `threads()` and belongs to one range of a loop at a time. Neither throws nor
  /// allocates, if `work` does not.
  template <class Work>
  void share(std::int64_t items, std::int64_t cost, const Work& work) {
    const std::int64_t chunks = threads_ == 1 ? 1 : count_chunks(items, cost);
    if (chunks <= 1 || busy_.exchange(true)) {
      if (items > 0) work(std::int64_t{0}, items, 0);
      return;
    }
    const auto call = [](const void* context, std::int64_t first, std::int64_t last, int thread) {
      (*static_cast<const Work*>(context))(first, last, thread);
    };
    run({call, &work, items, chunks});
    busy_ = false;
  }

 private:
  using Call = void (*)(const void* work, std::int64_t first, std::int64_t last, int thread);

  struct Loop {
    Call call;
    const void* work;
    std::int64_t items, chunks;
  };

  std::int64_t count_chunks(std::int64_t items, std::int64_t cost) const;
  void run(const Loop& loop);
  void publish(const Loop& loop);
  void wake(std::int64_t workers);
  void ask_them(std::int64_t parts);
  void help(int thread);
  void await_others(std::int64_t chunks);
  void work_as(int thread);
  void end();

  const int threads_;
  const CallersThreads theirs_;
  const int forks_;  ///< before the workers were started
  std::unique_ptr<std::thread[]> workers_;

  // The loop that is shared, for who holds a ticket for it (thread_pool.cpp).
  std::atomic<Call> call_{nullptr};
  std::atomic<const void*> work_{nullptr};
  std::atomic<std::int64_t> items_{0}, chunks_{0};
  std::atomic<std::uint64_t> float_mode_{0};

  std::atomic<bool> busy_{false};  ///< with a loop

  // Each in a line of the cache of its own.
  alignas(64) std::atomic<std::uint64_t> ticket_{0};  ///< number of the loop, and its next chunk
  alignas(64) std::atomic<std::uint32_t> done_{0};    ///< chunks of the loop
  alignas(64) std::atomic<std::uint32_t> wake_{0};    ///< changes when there is something to do
  std::atomic<bool> ends_{false};
};

}  // namespace ockham::cpu
