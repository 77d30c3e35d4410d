#include "runtime/cuda/step_network.h"

#include <algorithm>
#include <optional>
#include <string>

#include "runtime/cuda/kernels.h"
#include "runtime/cuda/platform.h"
#include "runtime/plan/memory_limit.h"
#include "runtime/plan/planner.h"
#include "runtime/tuning/tuning_cache.h"

namespace ockham::cuda {

StepNetwork::StepNetwork(const PlanRequest& request, const NetworkOptions& options,
                         Libraries& libraries, SharedConstants& constants)
    : request_(request), constants_(constants), plan_(make_plan(request_, options.candidates)) {
  plan_memory(plan_, request_.graph, request_.memory_limit);
  std::optional<TuningCache> tuning;
  if (options.tune) tuning.emplace(cache_folder(), platform());
  for (PlanStep& step : plan_.steps) {
    const KernelContext context{.request = request_,
                                .plan = plan_,
                                .step = step,
                                .batches = options.batches,
                                .libraries = libraries,
                                .constants = constants,
                                .tuning = tuning ? &*tuning : nullptr};
    kernels_.push_back(prepare(context, options.candidates));
    if (step.node < 0) step.kernel = is_packing(context) ? "ockham:pack" : "ockham:move";
    const std::string implementation = kernels_.back()->implementation();
    if (!implementation.empty()) step.kernel += ":" + implementation;
    step.scratch_bytes = kernels_.back()->scratch_bytes();
  }
  if (tuning) {
    tuning->save();
    plan_.notes = tuning->notes();
  }
  plan_memory(plan_, request_.graph, request_.memory_limit);  // again, with the kernels' scratch
  check_memory_limit({{"the arena", plan_.arena_bytes}, {"packed weights", constants_.bytes()}},
                     request_.memory_limit);
  arena_ = DeviceBuffer(plan_.arena_bytes);
}

void* StepNetwork::place(const Placement& placement, const NetworkRun& run) const {
  switch (placement.where) {
    case Placement::Where::kInput:
      return const_cast<float*>(run.inputs[placement.index]);  // nothing writes there
    case Placement::Where::kOutput:
      return run.outputs[placement.index];
    case Placement::Where::kArena:
      break;
  }
  return arena_.data() + placement.offset;
}

bool StepNetwork::touches_input_once(std::size_t input) const {
  bool once = false;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    for (const std::size_t read : plan_.steps[i].reads) {
      const Placement& placement = plan_.placements[read];
      if (placement.where != Placement::Where::kInput || placement.index != input) continue;
      if (once || !kernels_[i]->touches_once()) return false;
      once = true;
    }
  }
  return once;
}

bool StepNetwork::touches_output_once(std::size_t output) const {
  bool once = false;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const PlanStep& step = plan_.steps[i];
    const auto is_output = [&](std::size_t at) {
      const Placement& placement = plan_.placements[at];
      return placement.where == Placement::Where::kOutput && placement.index == output;
    };
    if (std::ranges::any_of(step.reads, is_output)) return false;
    if (is_output(step.writes)) once = kernels_[i]->touches_once();
  }
  return once;
}

void StepNetwork::enqueue(const NetworkRun& run, const std::function<void(std::size_t)>& behind) {
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const PlanStep& step = plan_.steps[i];
    std::vector<const void*> reads;
    for (const std::size_t read : step.reads) reads.push_back(place(plan_.placements[read], run));
    kernels_[i]->enqueue({.batch = run.batch,
                          .inputs = reads,
                          .output = place(plan_.placements[step.writes], run),
                          .scratch = arena_.data() + step.scratch_offset,
                          .stream = run.stream});
    if (behind) behind(i);
  }
}

}  // namespace ockham::cuda
