// RunScope: what the calling thread (and oneDNN's workers) must be set to while steps run.
#pragma once

#include <cstdint>
#include <span>

namespace ockham {

/// While it lives, OpenMP uses as many threads as `worker_modes` has elements, and the caller and
/// those workers flush subnormals. Everything is put back afterwards. Without elements OpenMP is
/// left alone; with one no parallel region is entered.
class RunScope {
 public:
  explicit RunScope(std::span<std::uint64_t> worker_modes);
  ~RunScope();
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;

 private:
  std::span<std::uint64_t> worker_modes_;  ///< what the workers had before
  [[maybe_unused]] int saved_threads_;     // OpenMP: with oneDNN only
  std::uint64_t saved_mode_;
};

/// Whether the calling thread's OpenMP workers are gone: it computed with several threads, and is
/// now the one thread of a process forked after that. Waiting for them would take for ever.
bool workers_are_lost() noexcept;

}  // namespace ockham
