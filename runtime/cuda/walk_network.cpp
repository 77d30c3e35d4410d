#include "runtime/cuda/walk_network.h"

#include <string>
#include <utility>

#include "runtime/cuda/walk/walk_kernel.h"
#include "runtime/graph/cost.h"

namespace ockham::cuda {
namespace {

/// What people see of a walk: one step that is the whole network.
ExecutionPlan one_step_plan(const PlanRequest& request, const Schedule& schedule) {
  const Graph& graph = request.graph;
  const NodeCost total = cost(graph).total;
  ExecutionPlan plan;
  plan.max_batch = request.max_batch;
  PlanStep step{.name = graph.name.empty() ? "network" : graph.name,
                .op = "all of its " + std::to_string(schedule.steps.size()) + " steps",
                .kernel = "ockham:walk",
                .reason = "weights and activations fit into shared memory",
                .macs = total.macs,
                .params = total.params};
  const auto place = [&](ValueId value, Placement::Where where, std::size_t index) {
    const std::int64_t elements = graph.value(value).shape.elements();
    plan.placements.push_back({.value = value,
                               .where = where,
                               .index = index,
                               .elements = elements,
                               .bytes = static_cast<std::size_t>(elements) * sizeof(float) *
                                        static_cast<std::size_t>(request.max_batch)});
    return plan.placements.size() - 1;
  };
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    step.inputs.push_back(graph.inputs[i]);
    step.reads.push_back(place(graph.inputs[i], Placement::Where::kInput, i));
  }
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    step.output = graph.outputs[i];
    step.writes = place(graph.outputs[i], Placement::Where::kOutput, i);
  }
  plan.steps.push_back(std::move(step));
  return plan;
}

class WalkNetwork : public Network {
 public:
  WalkNetwork(const PlanRequest& request, const Schedule& schedule, SharedConstants& constants)
      : plan_(one_step_plan(request, schedule)) {
    parameters_ =
        constants.get(key(request, schedule), [&] { return bytes_of(schedule.parameters); });
    check(prepare_walk(schedule, parameters_->as<Word>(), walk_), "preparing a walk");
  }

  void enqueue(const NetworkRun& run, const std::function<void(std::size_t)>& behind) override {
    WalkArrays arrays;
    for (std::size_t i = 0; i < run.inputs.size(); ++i) arrays.inputs[i] = run.inputs[i];
    for (std::size_t i = 0; i < run.outputs.size(); ++i) arrays.outputs[i] = run.outputs[i];
    check(launch_walk(walk_, arrays, run.batch, run.stream), "walking through a network");
    if (behind) behind(0);
  }

  const ExecutionPlan& plan() const override { return plan_; }
  SessionMemory memory() const override { return {.packed = parameters_->bytes()}; }
  bool touches_input_once(std::size_t) const override { return true; }
  bool touches_output_once(std::size_t) const override { return true; }

 private:
  static std::string key(const PlanRequest& request, const Schedule& schedule) {
    std::string key = "walk of " + std::to_string(schedule.threads) + " threads from";
    for (const ValueId input : request.graph.inputs) key += " " + std::to_string(input);
    return key;
  }

  ExecutionPlan plan_;
  std::shared_ptr<const DeviceBuffer> parameters_;
  DeviceWalk walk_;
};

}  // namespace

std::unique_ptr<Network> make_walk_network(const PlanRequest& request, const Schedule& schedule,
                                           SharedConstants& constants) {
  return std::make_unique<WalkNetwork>(request, schedule, constants);
}

}  // namespace ockham::cuda
