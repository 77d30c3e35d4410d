#include "runtime/cpu/thread_pool.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>

#include "runtime/graph/error.h"
#include "runtime/graph/float_mode.h"
#include "runtime/graph/operators/operator_rules.h"

namespace ockham::cpu {
namespace {

// A ticket is the number of a loop in the upper half, and the next of its chunks in the lower one.
// Each loop takes two numbers: with the first, which is odd, nobody can claim anything, and the
// caller writes down what the loop is. Who claims a chunk of a ticket therefore knows that the loop
// that it has read is the ticket's.
constexpr std::uint64_t kLoop = std::uint64_t{1} << 32;

bool is_open(std::uint64_t ticket) { return (ticket / kLoop) % 2 == 0; }
std::int64_t chunk_of(std::uint64_t ticket) { return static_cast<std::int64_t>(ticket % kLoop); }

/// Cost of a loop below which waking a worker gains nothing: about 20 microseconds.
constexpr std::int64_t kWorthSharing = 400'000;
/// Cost of a chunk at least: about 5 microseconds.
constexpr std::int64_t kOfAChunk = 100'000;
/// Chunks for each thread, so that one that is late leaves few to the others.
constexpr std::int64_t kChunksOfAThread = 8;

/// How long workers look for a next loop before they sleep: steps of a network follow each other.
constexpr auto kAwake = std::chrono::microseconds(50);

/// Of so many items, the first of this chunk: they differ by one item at most.
std::int64_t first_item(std::int64_t items, std::int64_t chunk, std::int64_t chunks) {
  return items / chunks * chunk + std::min(chunk, items % chunks);
}

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// How many forks lie between the first process that had a pool and this one: the number of a
/// process may be that of its parent.
int forks_so_far() {
  static std::atomic<int> forks = 0;
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
  static_cast<void>(registered);
  return forks;
}

/// While it lives, the calling thread receives no signals.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &saved_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }

 private:
  sigset_t saved_{};
};

}  // namespace

ThreadPool::ThreadPool(int threads)
    : threads_(threads),
      theirs_(),
      forks_(forks_so_far()),
      workers_(std::make_unique<std::thread[]>(static_cast<std::size_t>(threads - 1))) {
  const AllSignalsBlocked blocked;  // as workers inherit it
  try {
    for (int thread = 1; thread < threads_; ++thread) {
      workers_[static_cast<std::size_t>(thread - 1)] =
          std::thread(&ThreadPool::work_as, this, thread);
    }
  } catch (const std::system_error&) {
    end();
    throw Error(Status::kOutOfMemory, "the system gives this process no " +
                                          std::to_string(threads) +
                                          " threads; use fewer (threads in the session's options)");
  }
}

ThreadPool::ThreadPool(int threads, const CallersThreads& theirs)
    : threads_(threads), theirs_(theirs), forks_(forks_so_far()) {}

ThreadPool::~ThreadPool() { end(); }

void ThreadPool::end() {
  ends_ = true;
  ++wake_;
  wake_.notify_all();
  if (forks_so_far() != forks_) {  // a fork has not copied them: nobody is there to be joined
    static_cast<void>(workers_.release());
    return;
  }
  if (workers_ == nullptr) return;
  for (int i = 0; i + 1 < threads_; ++i) {
    std::thread& worker = workers_[static_cast<std::size_t>(i)];
    if (worker.joinable()) worker.join();
  }
}

std::int64_t ThreadPool::count_chunks(std::int64_t items, std::int64_t cost) const {
  const std::int64_t all = saturating_multiply(items, cost);
  if (all < kWorthSharing) return 1;
  return std::min({items, all / kOfAChunk, threads_ * kChunksOfAThread});
}

void ThreadPool::run(const Loop& loop) {
  publish(loop);
  if (theirs_.share != nullptr) {
    ask_them(std::min<std::int64_t>(threads_, loop.chunks));
  } else {
    ++wake_;
    wake(loop.chunks - 1);
  }
  help(0);
  await_others(loop.chunks);
}

/// No more workers than there is something to do for.
void ThreadPool::wake(std::int64_t workers) {
  if (workers >= threads_ - 1) {
    wake_.notify_all();
  } else {
    for (; workers > 0; --workers) wake_.notify_one();
  }
}

/// Their threads claim chunks as workers do, and keep their own mode.
void ThreadPool::ask_them(std::int64_t parts) {
  const auto part = [](void* loop, std::int32_t thread) {
    auto* pool = static_cast<ThreadPool*>(loop);
    if (thread < 0 || thread >= pool->threads_) return;
    const FloatModeScope mode(float_mode());
    pool->help(thread);
  };
  theirs_.share(theirs_.context, static_cast<std::int32_t>(parts), part, this);
}

void ThreadPool::publish(const Loop& loop) {
  const std::uint64_t closed = (ticket_ / kLoop + 1) * kLoop;
  ticket_ = closed;
  call_ = loop.call;
  work_ = loop.work;
  items_ = loop.items;
  chunks_ = loop.chunks;
  float_mode_ = float_mode();
  done_ = 0;
  ticket_ = closed + kLoop;
}

/// Does chunks of the loop while there are any.
void ThreadPool::help(int thread) {
  for (;;) {
    std::uint64_t ticket = ticket_;
    const Loop loop{call_, work_, items_, chunks_};
    const std::uint64_t mode = float_mode_;
    const std::int64_t chunk = chunk_of(ticket);
    if (!is_open(ticket) || chunk >= loop.chunks) return;
    if (!ticket_.compare_exchange_strong(ticket, ticket + 1)) continue;
    if (float_mode() != mode) set_float_mode(mode);
    loop.call(loop.work, first_item(loop.items, chunk, loop.chunks),
              first_item(loop.items, chunk + 1, loop.chunks), thread);
    if (static_cast<std::int64_t>(++done_) == loop.chunks) done_.notify_all();
  }
}

/// Until what others have claimed is done, too.
void ThreadPool::await_others(std::int64_t chunks) {
  const auto patience = std::chrono::steady_clock::now() + kAwake;
  const auto all = static_cast<std::uint32_t>(chunks);
  for (std::uint32_t done = done_; done != all; done = done_) {
    if (std::chrono::steady_clock::now() < patience) {
      pause();
    } else {
      done_.wait(done);  // who has claimed it may not be running
    }
  }
}

void ThreadPool::work_as(int thread) {
  for (;;) {
    const std::uint32_t seen = wake_;
    if (ends_) return;  // read behind `seen`, which changes when this has
    help(thread);
    const auto patience = std::chrono::steady_clock::now() + kAwake;
    while (wake_ == seen && std::chrono::steady_clock::now() < patience) pause();
    wake_.wait(seen);
  }
}

}  // namespace ockham::cpu
