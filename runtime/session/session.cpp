#include "runtime/session/session.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "runtime/cpu/aligned_buffer.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/cpu/run_scope.h"
#include "runtime/plan/planner.h"
#include "runtime/session/self_test.h"

namespace ockham {
namespace {

std::int64_t nanoseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

/// Far beyond any machine; a guard against nonsense.
constexpr int kMaxThreads = 1024;

void check_options(const SessionOptions& options) {
  if (options.device != Device::kCpu) {
    throw Error(Status::kUnsupported,
                "device 'cuda' was asked for, but this build runs networks on the CPU only; use "
                "device 'cpu'");
  }
  if (options.max_batch < 1) {
    throw Error(Status::kInvalidArgument,
                "max_batch is " + std::to_string(options.max_batch) + ", expected at least 1");
  }
  if (options.threads < 1 || options.threads > kMaxThreads) {
    throw Error(Status::kInvalidArgument, "threads is " + std::to_string(options.threads) +
                                              ", expected 1 to " + std::to_string(kMaxThreads));
  }
}

/// Whether a session of so many threads would wait for workers that fork has left behind.
bool would_hang(int threads) { return threads > 1 && workers_are_lost(); }

bool any_null(const auto& pointers) {
  return std::ranges::find(pointers, nullptr) != pointers.end();
}

}  // namespace

/// The plan, one kernel and one set of pointers for each of its steps, and the arena.
struct Session::State {
  State(std::shared_ptr<const Model> a_model, const SessionOptions& some_options);

  bool accepts(std::int64_t batch, std::span<const float* const> inputs,
               std::span<float* const> outputs) const;
  void bind(std::span<const float* const> inputs, std::span<float* const> outputs);
  Status run_step(std::size_t step, std::int64_t batch);
  template <class AfterStep>
  Status run(std::int64_t batch, std::span<const float* const> inputs,
             std::span<float* const> outputs, AfterStep after_step);

  std::shared_ptr<const Model> model;
  SessionOptions options;
  ExecutionPlan plan;
  std::vector<std::unique_ptr<Kernel>> kernels;  ///< of each step
  std::vector<const float*> read_pointers;       ///< of all steps' inputs, one step after another
  std::vector<std::size_t> first_read;           ///< of each step, in read_pointers
  std::unique_ptr<AlignedBuffer> arena;
  std::vector<float*> placed;               ///< where each placement is in this run
  std::vector<std::uint64_t> worker_modes;  ///< for RunScope
  std::size_t packed_bytes = 0;

 private:
  void prepare_kernels(std::span<const KernelCandidate> candidates);
  void check_memory() const;
  void allocate();
};

Session::State::State(std::shared_ptr<const Model> a_model, const SessionOptions& some_options)
    : model(std::move(a_model)), options(some_options) {
  check_options(options);
  if (would_hang(options.threads)) {
    throw Error(Status::kUnsupported,
                "this process was forked after its thread had computed with several threads, which "
                "fork does not copy; use threads = 1 here, or a new thread, or create sessions of "
                "several threads after fork only");
  }
  const auto candidates =
      options.kernels == Kernels::kReference ? cpu::reference_kernels() : cpu::all_kernels();
  plan = make_plan(
      {.graph = model->graph(), .max_batch = options.max_batch, .threads = options.threads},
      candidates);
  plan_memory(plan, model->graph(), options.memory_limit);
  prepare_kernels(candidates);
  plan_memory(plan, model->graph(), options.memory_limit);  // again, with the kernels' scratch
  check_memory();
  allocate();
}

void Session::State::prepare_kernels(std::span<const KernelCandidate> candidates) {
  worker_modes.resize(static_cast<std::size_t>(options.threads));
  const RunScope scope(worker_modes);
  bool openmp = false;
  for (PlanStep& step : plan.steps) {
    kernels.push_back(
        cpu::prepare({model->graph(), plan, step, model->packed_weights()}, candidates));
    const Kernel& kernel = *kernels.back();
    if (!kernel.implementation().empty()) step.kernel += ":" + kernel.implementation();
    step.scratch_bytes = kernel.scratch_bytes();
    openmp = openmp || kernel.uses_openmp();
  }
  packed_bytes = model->packed_weights().bytes();
  if (!openmp) worker_modes.clear();
}

void Session::State::check_memory() const {
  const std::size_t limit = options.memory_limit;
  if (packed_bytes <= limit && plan.arena_bytes <= limit - packed_bytes) return;
  throw Error(Status::kOutOfMemory,
              "the arena needs " + std::to_string(plan.arena_bytes) +
                  " bytes and the packed weights " + std::to_string(packed_bytes) +
                  ", but the session's memory limit is " + std::to_string(limit) +
                  "; use a smaller batch or raise the limit");
}

void Session::State::allocate() {
  arena = std::make_unique<AlignedBuffer>(plan.arena_bytes);
  for (const Placement& placement : plan.placements) {
    const bool inside = placement.where == Placement::Where::kArena;
    placed.push_back(inside ? reinterpret_cast<float*>(arena->data() + placement.offset) : nullptr);
  }
  for (const PlanStep& step : plan.steps) {
    first_read.push_back(read_pointers.size());
    read_pointers.resize(read_pointers.size() + step.reads.size());
  }
}

bool Session::State::accepts(std::int64_t batch, std::span<const float* const> inputs,
                             std::span<float* const> outputs) const {
  return batch >= 1 && batch <= options.max_batch &&
         inputs.size() == model->graph().inputs.size() &&
         outputs.size() == model->graph().outputs.size() && !any_null(inputs) && !any_null(outputs);
}

void Session::State::bind(std::span<const float* const> inputs, std::span<float* const> outputs) {
  for (std::size_t i = 0; i < plan.placements.size(); ++i) {
    const Placement& placement = plan.placements[i];
    // Nothing is ever written to an input's placement.
    if (placement.where == Placement::Where::kInput) {
      placed[i] = const_cast<float*>(inputs[placement.index]);
    } else if (placement.where == Placement::Where::kOutput) {
      placed[i] = outputs[placement.index];
    }
  }
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    for (std::size_t i = 0; i < plan.steps[s].reads.size(); ++i) {
      read_pointers[first_read[s] + i] = placed[plan.steps[s].reads[i]];
    }
  }
}

Status Session::State::run_step(std::size_t step, std::int64_t batch) {
  const PlanStep& planned = plan.steps[step];
  return kernels[step]->run(
      {.batch = batch,
       .inputs = std::span(read_pointers).subspan(first_read[step], planned.reads.size()),
       .output = placed[planned.writes],
       .scratch = arena->data() + planned.scratch_offset});
}

template <class AfterStep>
Status Session::State::run(std::int64_t batch, std::span<const float* const> inputs,
                           std::span<float* const> outputs, AfterStep after_step) {
  if (!accepts(batch, inputs, outputs)) return Status::kInvalidArgument;
  if (!worker_modes.empty() && would_hang(options.threads)) return Status::kUnsupported;
  bind(inputs, outputs);
  const RunScope scope(worker_modes);
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    const Status status = run_step(step, batch);
    if (status != Status::kOk) return status;
    after_step(step);
  }
  return Status::kOk;
}

Session::Session(std::shared_ptr<const Model> model, const SessionOptions& options) {
  if (model == nullptr) throw Error(Status::kInvalidArgument, "no model was given (null pointer)");
  try {
    state_ = std::make_unique<State>(std::move(model), options);
    if (options.self_test && state_->model->contents().self_test) replay_self_test(*this);
  } catch (const std::bad_alloc&) {
    throw Error(Status::kOutOfMemory,
                "the system has no memory left for this session; use a "
                "smaller batch");
  }
}

Session::~Session() = default;

Status Session::run(std::int64_t batch, std::span<const float* const> inputs,
                    std::span<float* const> outputs) noexcept {
  return state_->run(batch, inputs, outputs, [](std::size_t) {});
}

Status Session::run_profiled(std::int64_t batch, std::span<const float* const> inputs,
                             std::span<float* const> outputs,
                             std::span<std::int64_t> step_ns) noexcept {
  if (step_ns.size() != state_->plan.steps.size()) return Status::kInvalidArgument;
  std::int64_t before = nanoseconds();
  return state_->run(batch, inputs, outputs, [&](std::size_t step) {
    const std::int64_t now = nanoseconds();
    step_ns[step] = now - before;
    before = now;
  });
}

const ExecutionPlan& Session::plan() const { return state_->plan; }
const Model& Session::model() const { return *state_->model; }
const SessionOptions& Session::options() const { return state_->options; }
SessionMemory Session::memory() const { return {state_->plan.arena_bytes, state_->packed_bytes}; }

}  // namespace ockham
