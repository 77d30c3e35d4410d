// Cold start: what loading and the first run cost in a process that has done neither before.
#pragma once

#include <cstddef>
#include <filesystem>

#include "runtime/session/session.h"

namespace ockham::bench {

struct ColdStart {
  double load_ms = 0.0;  ///< mapping, checking, planning, packing, self-test
  double first_run_us = 0.0;
  std::size_t peak_bytes = 0;  ///< largest resident memory of that process, libraries included
};

/// Measures in a process of its own, so that nothing another model left behind (compiled kernels,
/// memory, threads) is counted. Call it before this process has started threads. Throws Error, also
/// with what went wrong in the other process.
ColdStart measure_cold_start(const std::filesystem::path& model, const SessionOptions& options);

}  // namespace ockham::bench
