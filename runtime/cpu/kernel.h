// Kernel: what executes one step on the CPU, and KernelCandidate: a candidate with its maker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include "runtime/cpu/image.h"
#include "runtime/cpu/thread_pool.h"
#include "runtime/graph/error.h"
#include "runtime/plan/candidate.h"

namespace ockham {

class PackedWeights;

/// What a kernel reads and writes in one run. Arrays are dense, in the layouts of the plan, and of
/// floats, or of what Placement::type says behind the pointer of a float.
struct KernelArguments {
  std::int64_t batch = 1;
  std::span<const float* const> inputs;
  float* output = nullptr;
  std::byte* scratch = nullptr;  ///< `Kernel::scratch_bytes()`, aligned to 64
  cpu::ThreadPool& threads;
};

/// A kernel that can compute some rows of an image at a time. In all its arrays the rows of an
/// image lie one behind the other.
class RowKernel {
 public:
  virtual ~RowKernel() = default;
  /// The rows of input `input` that these rows of the output are computed from; further down for
  /// rows that are.
  virtual cpu::Rows rows_read(std::size_t input, const cpu::Rows& rows) const = 0;
  /// Computes these rows of one image, to the same bits as Kernel::run, on the calling thread. The
  /// arrays begin where row 0 is or would be: there may be none but the rows that are read and
  /// written.
  virtual void run_rows(const KernelArguments& arguments, const cpu::Rows& rows) const noexcept = 0;
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
  /// Null where it computes whole images only.
  virtual const RowKernel* by_rows() const { return nullptr; }
  /// Whether it calls OpenMP, as oneDNN does.
  virtual bool uses_openmp() const { return false; }
};

/// What a kernel is made from. All references outlive the kernel.
struct KernelContext {
  const Graph& graph;
  const ExecutionPlan& plan;
  const PlanStep& step;
  PackedWeights& weights;
  int threads = 1;  ///< of the pool that its kernel will be run with

  const Placement& read(std::size_t i) const { return plan.placements[step.reads[i]]; }
  const Placement& written() const { return plan.placements[step.writes]; }
};

/// One way to run a step, and who makes its kernel.
struct KernelCandidate : Candidate {
  std::unique_ptr<Kernel> (*prepare)(const KernelContext& context);
  /// Whether it sums the graph's products, and no others, in whatever order.
  bool exact = true;
  /// What it rounds to what it multiplies. One that is not kFloat32 supports a step only where the
  /// request asks for it.
  Precision precision = Precision::kFloat32;
};

namespace cpu {

/// Whether what is applied to what the step computes is a ReLU, or nothing.
inline bool has_relu_at_most(const Graph& graph, const PlanStep& step) {
  const Unary* activation = fused_activation(graph, step);
  return activation == nullptr || activation->kind == UnaryKind::kRelu;
}

/// Whether the step is an operator T with nothing fused into it.
template <class T>
bool is_alone(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<T>(computing_node(request.graph, step).op) && is_one_node(step);
}

}  // namespace cpu

}  // namespace ockham
