// RunScope: what the calling thread must be set to while steps run.
#pragma once

#include "runtime/graph/float_mode.h"

namespace ockham {

/// While it lives, the caller flushes subnormals and, where `openmp` says that kernels call it,
/// OpenMP computes on the calling thread alone: our own kernels share their loops by a ThreadPool.
/// Both are put back afterwards.
class RunScope {
 public:
  explicit RunScope(bool openmp);
  ~RunScope();
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;

 private:
  FloatModeScope mode_;
  [[maybe_unused]] int saved_threads_ = 1;  // of OpenMP, with oneDNN only; 1: nothing to put back
};

}  // namespace ockham
