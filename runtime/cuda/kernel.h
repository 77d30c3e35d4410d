// Kernel: what executes one step on the device, and KernelCandidate: a candidate with its maker.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "runtime/cuda/libraries.h"
#include "runtime/cuda/shared_constants.h"
#include "runtime/plan/candidate.h"
#include "runtime/tuning/tuning_cache.h"

namespace ockham::cuda {

/// What a kernel reads and writes in one run, in the device's memory and the layouts of the plan.
struct Launch {
  std::int64_t batch = 1;  ///< one of KernelContext::batches
  std::span<const void* const> inputs;
  void* output = nullptr;
  void* scratch = nullptr;  ///< `Kernel::scratch_bytes()`, aligned to 64
  cudaStream_t stream = nullptr;
};

/// A step, ready to run.
class Kernel {
 public:
  virtual ~Kernel() = default;
  /// Puts the work into the stream, which may be capturing; waits for nothing. Throws Error.
  virtual void enqueue(const Launch& launch) = 0;
  /// Name of the implementation behind the candidate's name, or "".
  virtual std::string implementation() const { return {}; }
  virtual std::size_t scratch_bytes() const { return 0; }
  /// Whether it reads each element of its inputs about once and writes each of its output once, so
  /// that small ones may lie in the host's memory.
  virtual bool touches_once() const { return false; }
};

/// What a kernel is made from. All references outlive the kernel.
struct KernelContext {
  const PlanRequest& request;
  const ExecutionPlan& plan;
  const PlanStep& step;
  std::span<const std::int64_t> batches;  ///< sizes that it must be ready for, in ascending order
  Libraries& libraries;
  SharedConstants& constants;
  /// Where tuning looks up what was measured before and keeps what it measures. Null: do not tune,
  /// believe what libraries' heuristics propose.
  TuningCache* tuning = nullptr;

  const Graph& graph() const { return request.graph; }
  const Placement& read(std::size_t i) const { return plan.placements[step.reads[i]]; }
  const Placement& written() const { return plan.placements[step.writes]; }
  const Shape& shape(const Placement& placement) const {
    return request.graph.value(placement.value).shape;
  }
};

/// One way to run a step, and who makes its kernel.
struct KernelCandidate : Candidate {
  std::unique_ptr<Kernel> (*prepare)(const KernelContext& context);
};

}  // namespace ockham::cuda
