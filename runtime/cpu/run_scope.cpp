#include "runtime/cpu/run_scope.h"

#include "runtime/graph/float_mode.h"

#ifdef OCKHAM_WITH_ONEDNN
#include <omp.h>
#include <pthread.h>

#include <algorithm>
#endif

namespace ockham {

#ifdef OCKHAM_WITH_ONEDNN

namespace {

enum class Workers { kNone, kStarted, kLost };

/// OpenMP keeps workers for each thread that asked for some; fork copies none of them.
thread_local Workers workers = Workers::kNone;

void after_fork() {
  if (workers == Workers::kStarted) workers = Workers::kLost;
}

void note_workers() {
  static const int registered = ::pthread_atfork(nullptr, nullptr, after_fork);
  static_cast<void>(registered);
  workers = Workers::kStarted;
}

void use_threads(int threads) {
  if (omp_get_max_threads() != threads) omp_set_num_threads(threads);
}

}  // namespace

// A worker that OpenMP starts later inherits the mode of the thread that starts it. So workers save
// and set theirs before the caller changes its own, and get it back after.

RunScope::RunScope(std::span<std::uint64_t> worker_modes)
    : worker_modes_(worker_modes), saved_threads_(0), saved_mode_(float_mode()) {
  if (!worker_modes_.empty()) {
    saved_threads_ = omp_get_max_threads();
    use_threads(static_cast<int>(worker_modes_.size()));
    std::ranges::fill(worker_modes_, saved_mode_);
  }
  if (worker_modes_.size() > 1) {
    note_workers();
#pragma omp parallel
    {
      worker_modes_[static_cast<std::size_t>(omp_get_thread_num())] = float_mode();
      set_float_mode(flushing(float_mode()));
    }
  }
  set_float_mode(flushing(saved_mode_));
}

RunScope::~RunScope() {
  if (worker_modes_.size() > 1) {
#pragma omp parallel
    set_float_mode(worker_modes_[static_cast<std::size_t>(omp_get_thread_num())]);
  }
  set_float_mode(saved_mode_);
  if (!worker_modes_.empty()) use_threads(saved_threads_);
}

bool workers_are_lost() noexcept { return workers == Workers::kLost; }

#else

RunScope::RunScope(std::span<std::uint64_t> worker_modes)
    : worker_modes_(worker_modes), saved_threads_(0), saved_mode_(float_mode()) {
  set_float_mode(flushing(saved_mode_));
}

RunScope::~RunScope() { set_float_mode(saved_mode_); }

bool workers_are_lost() noexcept { return false; }

#endif

}  // namespace ockham
