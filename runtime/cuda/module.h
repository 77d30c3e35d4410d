// The seam between libockham and libockham_cuda, the module that a session opens when CUDA is asked
// for. Both are built from the same sources: the version is compared before anything else is used.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "runtime/graph/error.h"
#include "runtime/plan/candidate.h"
#include "runtime/plan/executor.h"

namespace ockham::cuda {

/// What an executor is made from.
struct ExecutorRequest {
  /// Its graph outlives the executor; `threads` and `channels_last` say nothing to this device.
  PlanRequest plan;
  /// Own kernels alone, one element a thread: slow, to check the others against.
  bool naive = false;
  /// Run tiny networks as one kernel.
  bool may_walk = true;
  /// Measure what cuDNN and cuBLAS offer, for seconds, instead of believing their heuristics.
  bool tune = false;
  /// The caller's cudaStream_t, in which runs go; null: one of the executor's own.
  void* stream = nullptr;
  /// Where the model keeps what its sessions share on the device; empty at first. Calls with the
  /// same slot must not overlap.
  std::shared_ptr<void>* shared = nullptr;
};

/// Why none could be made.
struct Failure {
  Status status = Status::kOk;
  std::string text;
};

struct Module {
  const char* version;  ///< Ockham's
  /// Null on failure. Does not throw: exceptions do not cross the seam.
  std::unique_ptr<Executor> (*make_executor)(const ExecutorRequest& request,
                                             Failure& failure) noexcept;
  /// What the device that executors run on is called ("NVIDIA H100 80GB HBM3"); the text stays.
  /// Null where the module cannot tell.
  const char* (*device_name)() noexcept = nullptr;
  /// How large an ExecutorRequest is to the module, which of another build may differ though its
  /// version does not.
  std::size_t request_bytes = sizeof(ExecutorRequest);
};

/// The symbol that libockham_cuda exports, a function of type `const Module*()`.
inline constexpr const char* kModuleSymbol = "ockham_cuda_module";

}  // namespace ockham::cuda
