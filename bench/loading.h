// Loading: what it takes from the model file to the first answer, part by part.
#pragma once

#include <cstddef>
#include <filesystem>

#include "runtime/session/session.h"

namespace ockham::bench {

/// From the file to the first answer, once.
struct LoadTimes {
  double file_ms = 0.0;       ///< mapping and checking it
  double session_ms = 0.0;    ///< planning, packing, the arena
  double self_test_ms = 0.0;  ///< replaying it, where the model has one
  double first_run_us = 0.0;

  double load_ms() const { return file_ms + session_ms + self_test_ms; }
};

/// What loading costs in a process that has loaded nothing before.
struct Loading {
  LoadTimes cold;                ///< the first time: libraries and memory are touched first
  LoadTimes repeated;            ///< of some more times the least, each part for itself
  double next_session_ms = 0.0;  ///< of a model that has a session, without self-test: the least
  std::size_t peak_bytes = 0;    ///< largest resident memory after the first run, with libraries
};

/// Measures in a process of its own, so that nothing another model left behind (compiled kernels,
/// memory, threads) is counted. Call it before this process has started threads. Throws Error, also
/// with what went wrong in the other process.
Loading measure_loading(const std::filesystem::path& model, const SessionOptions& options);

}  // namespace ockham::bench
