// Kernel: what executes one step; and KernelCandidate: kernel choice as data. Each device has an
// ordered list of candidates; the first that supports a step runs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "runtime/graph/error.h"
#include "runtime/plan/execution_plan.h"

namespace ockham {

class PackedWeights;

/// What a kernel reads and writes in one run. Arrays are dense, in the layouts of the plan.
struct KernelArguments {
  std::int64_t batch = 1;
  std::span<const float* const> inputs;
  float* output = nullptr;
  std::byte* scratch = nullptr;  ///< `Kernel::scratch_bytes()`, aligned to 64
};

/// A step, ready to run.
class Kernel {
 public:
  virtual ~Kernel() = default;
  /// Does not throw. Our own kernels neither allocate nor lock; oneDNN's execution allocates a few
  /// small blocks, the same number each time.
  virtual Status run(const KernelArguments& arguments) noexcept = 0;
  /// Name of the implementation behind the candidate's name, or "".
  virtual std::string implementation() const { return {}; }
  virtual std::size_t scratch_bytes() const { return 0; }
  /// Whether it runs on OpenMP's threads, as oneDNN does.
  virtual bool uses_openmp() const { return false; }
};

/// What a kernel is made from. All references outlive the kernel.
struct KernelContext {
  const Graph& graph;
  const ExecutionPlan& plan;
  const PlanStep& step;
  PackedWeights& weights;

  const Placement& read(std::size_t i) const { return plan.placements[step.reads[i]]; }
  const Placement& written() const { return plan.placements[step.writes]; }
};

/// Which layout a kernel wants its activations of rank 4 in, input and output alike.
enum class LayoutRule {
  kRowMajor,
  kChannelsLast,
  kAny,  ///< that of the first input in which layouts differ; all others must have the same
};

/// What a plan is made for.
struct PlanRequest {
  const Graph& graph;
  std::int64_t max_batch = 1;
  int threads = 1;
};

/// One way to run a step.
struct KernelCandidate {
  const char* name;
  const char* reason;  ///< why it comes before the candidates behind it
  LayoutRule layout;
  /// Whether it runs the step with all that is fused into it. Fusing goes as far as a candidate
  /// says so.
  bool (*supports)(const PlanRequest& request, const PlanStep& step);
  std::unique_ptr<Kernel> (*prepare)(const KernelContext& context);
  /// Whether it finds the elements of an image in whatever layout that has, so that a flatten in
  /// front of the step is only a name; null: never.
  bool (*reads_unflattened)(const PlanRequest& request, const PlanStep& step) = nullptr;
};

}  // namespace ockham
