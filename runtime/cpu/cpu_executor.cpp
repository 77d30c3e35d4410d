#include "runtime/cpu/cpu_executor.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/cpu/aligned_buffer.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/cpu/plan_precision.h"
#include "runtime/cpu/row_chain.h"
#include "runtime/cpu/row_chain_planner.h"
#include "runtime/cpu/run_scope.h"
#include "runtime/cpu/step_clock.h"
#include "runtime/plan/memory_limit.h"
#include "runtime/plan/planner.h"

namespace ockham::cpu {
namespace {

/// The plan, one kernel and one set of pointers for each of its steps, and the arena.
class CpuExecutor : public Executor {
 public:
  CpuExecutor(const PlanRequest& request, Candidates candidates, PackedWeights& weights,
              std::shared_ptr<ThreadPool> threads);

  Status run(std::int64_t batch, std::span<const float* const> inputs,
             std::span<float* const> outputs, std::span<std::int64_t> step_ns) noexcept override;
  const char* failure() const noexcept override { return failure_; }
  const ExecutionPlan& plan() const override { return plan_; }
  SessionMemory memory() const override {
    return {.arena = plan_.arena_bytes, .packed = packed_bytes_};
  }

 private:
  void prepare_kernels(const PlanRequest& request, Candidates candidates, PackedWeights& weights);
  void allocate(const Graph& graph);
  void bind(std::span<const float* const> inputs, std::span<float* const> outputs);
  Status run_step(std::size_t step, std::int64_t batch);
  void run_chain(RowChain& chain, std::int64_t batch, std::span<std::int64_t> step_ns);

  std::shared_ptr<ThreadPool> threads_;
  ExecutionPlan plan_;
  std::vector<std::unique_ptr<Kernel>> kernels_;  ///< of each step
  std::vector<const float*> read_pointers_;       ///< of all steps' inputs, one step after another
  std::vector<std::size_t> first_read_;           ///< of each step, in read_pointers_
  std::vector<RowChain> chains_;                  ///< those of the plan
  std::unique_ptr<AlignedBuffer> arena_;
  std::vector<float*> placed_;  ///< where each placement is in this run
  bool openmp_ = false;         ///< whether a kernel calls it
  std::size_t packed_bytes_ = 0;
  const char* failure_ = "";
};

CpuExecutor::CpuExecutor(const PlanRequest& request, Candidates candidates, PackedWeights& weights,
                         std::shared_ptr<ThreadPool> threads)
    : threads_(threads != nullptr ? std::move(threads)
                                  : std::make_shared<ThreadPool>(request.threads)) {
  plan_ = make_plan(request, candidates);
  explain_precision(plan_, request, candidates);
  const bool chains = request.threads == 1;
  // Chains need less than whole images do, and are planned when kernels are prepared.
  plan_memory(plan_, request.graph, chains ? SIZE_MAX : request.memory_limit);
  prepare_kernels(request, candidates, weights);
  if (chains) plan_row_chains(plan_, request.graph, kernels_);
  plan_memory(plan_, request.graph, request.memory_limit);  // again, with chains and scratch
  check_memory_limit({{"the arena", plan_.arena_bytes}, {"packed weights", packed_bytes_}},
                     request.memory_limit);
  allocate(request.graph);
}

void CpuExecutor::prepare_kernels(const PlanRequest& request, Candidates candidates,
                                  PackedWeights& weights) {
  const RunScope scope(true);
  for (PlanStep& step : plan_.steps) {
    kernels_.push_back(
        prepare({request.graph, plan_, step, weights, threads_->threads()}, candidates));
    const Kernel& kernel = *kernels_.back();
    if (!kernel.implementation().empty()) step.kernel += ":" + kernel.implementation();
    step.scratch_bytes = kernel.scratch_bytes();
    openmp_ = openmp_ || kernel.uses_openmp();
  }
  packed_bytes_ = weights.bytes();
}

void CpuExecutor::allocate(const Graph& graph) {
  arena_ = std::make_unique<AlignedBuffer>(plan_.arena_bytes);
  for (const Placement& placement : plan_.placements) {
    const bool inside = placement.where == Placement::Where::kArena;
    placed_.push_back(inside ? reinterpret_cast<float*>(arena_->data() + placement.offset)
                             : nullptr);
  }
  for (const PlanStep& step : plan_.steps) {
    first_read_.push_back(read_pointers_.size());
    read_pointers_.resize(read_pointers_.size() + step.reads.size());
  }
  for (const StepChain& chain : plan_.chains) chains_.emplace_back(plan_, chain, graph, kernels_);
}

void CpuExecutor::bind(std::span<const float* const> inputs, std::span<float* const> outputs) {
  for (std::size_t i = 0; i < plan_.placements.size(); ++i) {
    const Placement& placement = plan_.placements[i];
    // Nothing is ever written to an input's placement.
    if (placement.where == Placement::Where::kInput) {
      placed_[i] = const_cast<float*>(inputs[placement.index]);
    } else if (placement.where == Placement::Where::kOutput) {
      placed_[i] = outputs[placement.index];
    }
  }
  for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
    for (std::size_t i = 0; i < plan_.steps[s].reads.size(); ++i) {
      read_pointers_[first_read_[s] + i] = placed_[plan_.steps[s].reads[i]];
    }
  }
}

Status CpuExecutor::run_step(std::size_t step, std::int64_t batch) {
  const PlanStep& planned = plan_.steps[step];
  return kernels_[step]->run(
      {.batch = batch,
       .inputs = std::span(read_pointers_).subspan(first_read_[step], planned.reads.size()),
       .output = placed_[planned.writes],
       .scratch = arena_->data() + planned.scratch_offset,
       .threads = *threads_});
}

void CpuExecutor::run_chain(RowChain& chain, std::int64_t batch, std::span<std::int64_t> step_ns) {
  chain.run({.batch = batch,
             .placed = placed_,
             .arena = arena_->data(),
             .threads = *threads_,
             .step_ns = step_ns});
}

Status CpuExecutor::run(std::int64_t batch, std::span<const float* const> inputs,
                        std::span<float* const> outputs, std::span<std::int64_t> step_ns) noexcept {
  const bool measures = !step_ns.empty();
  std::int64_t before = measures ? nanoseconds() : 0;
  begin_run();
  bind(inputs, outputs);
  const RunScope scope(openmp_);
  auto chain = chains_.begin();
  for (std::size_t step = 0; step < plan_.steps.size(); ++step) {
    if (is_cancelled()) {
      failure_ = "the run was cancelled";
      return Status::kCancelled;
    }
    if (chain != chains_.end() && step == chain->first_step()) {
      run_chain(*chain, batch, step_ns);
      step = chain->last_step();
      ++chain;
      if (measures) before = nanoseconds();
      continue;
    }
    const Status status = run_step(step, batch);
    if (status != Status::kOk) {
      failure_ = "a kernel could not run this batch";
      return status;
    }
    if (!measures) continue;
    const std::int64_t now = nanoseconds();
    step_ns[step] = now - before;
    before = now;
  }
  return Status::kOk;
}

}  // namespace

std::unique_ptr<Executor> make_executor(const PlanRequest& request, Candidates candidates,
                                        PackedWeights& weights,
                                        std::shared_ptr<ThreadPool> threads) {
  return std::make_unique<CpuExecutor>(request, candidates, weights, std::move(threads));
}

}  // namespace ockham::cpu
