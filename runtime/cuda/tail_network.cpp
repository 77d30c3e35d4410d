#include "runtime/cuda/tail_network.h"

#include <utility>

#include "runtime/cuda/walk_network.h"

namespace ockham::cuda {
namespace {

/// One plan of both, in which the array between them lies behind the arena of the first.
ExecutionPlan joined(const ExecutionPlan& before, const ExecutionPlan& after) {
  ExecutionPlan plan = before;
  std::size_t bytes = 0;
  const auto put_between = [&](Placement& placement) {
    placement.where = Placement::Where::kArena;
    placement.index = 0;
    placement.offset = before.arena_bytes;
    bytes = placement.bytes;
  };
  for (Placement& placement : plan.placements) {
    if (placement.where == Placement::Where::kOutput) put_between(placement);
  }
  const std::size_t shift = plan.placements.size();
  for (Placement placement : after.placements) {
    if (placement.where == Placement::Where::kInput) put_between(placement);
    plan.placements.push_back(placement);
  }
  for (PlanStep step : after.steps) {
    for (std::size_t& read : step.reads) read += shift;
    step.writes += shift;
    plan.steps.push_back(std::move(step));
  }
  plan.arena_bytes += bytes;
  return plan;
}

}  // namespace

TailNetwork::TailNetwork(const PlanRequest& request, Tail tail, const NetworkOptions& options,
                         Libraries& libraries, SharedConstants& constants)
    : tail_(std::move(tail)),
      before_(with_graph(request, tail_.before), options, libraries, constants),
      after_(make_walk_network(with_graph(request, tail_.after), tail_.schedule, constants)),
      plan_(joined(before_.plan(), after_->plan())) {
  between_ = DeviceBuffer(plan_.arena_bytes - before_.plan().arena_bytes);
}

void TailNetwork::enqueue(const NetworkRun& run, const std::function<void(std::size_t)>& behind) {
  float* between = between_.as<float>();
  before_.enqueue({run.batch, run.inputs, {&between, 1}, run.stream}, behind);
  const float* read = between;
  std::function<void(std::size_t)> behind_walk;
  if (behind) {
    behind_walk = [&](std::size_t step) { behind(before_.plan().steps.size() + step); };
  }
  after_->enqueue({run.batch, {&read, 1}, run.outputs, run.stream}, behind_walk);
}

}  // namespace ockham::cuda
