#include "runtime/cpu/trial.h"

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "runtime/cpu/cpu_executor.h"
#include "runtime/cpu/packed_weights.h"

namespace ockham::cpu {
namespace {

using Arrays = std::vector<std::vector<float>>;

Arrays arrays_of(const Graph& graph, const std::vector<ValueId>& values, std::int64_t batch) {
  Arrays arrays;
  for (const ValueId value : values) {
    arrays.emplace_back(static_cast<std::size_t>(graph.value(value).shape.elements() * batch));
  }
  return arrays;
}

Arrays made_up_inputs(const Graph& graph, std::int64_t batch) {
  std::mt19937 random(1);
  Arrays inputs = arrays_of(graph, graph.inputs, batch);
  for (std::vector<float>& input : inputs) {
    for (float& element : input) element = static_cast<float>(random() >> 8) * 0x1p-24f;
  }
  return inputs;
}

/// What a step does and where, whatever its position in the plan.
std::string identity(const ExecutionPlan& plan, const PlanStep& step) {
  std::string text = step.name + '\n' + step.op + '\n' + step.kernel;
  const auto add_layout = [&](std::size_t placement) {
    text += '\n' + std::string(layout_name(plan.placements[placement].layout));
    text += std::string(name_of(plan.placements[placement].type));
  };
  for (const std::size_t read : step.reads) add_layout(read);
  add_layout(step.writes);
  return text;
}

std::map<std::string, std::int64_t> times_by_identity(const Trial& trial) {
  std::map<std::string, std::int64_t> times;
  for (std::size_t i = 0; i < trial.plan().steps.size(); ++i) {
    times[identity(trial.plan(), trial.plan().steps[i])] += trial.lowest()[i];
  }
  return times;
}

/// Of what the first has and the second has not.
std::int64_t time_of_others(const std::map<std::string, std::int64_t>& times,
                            const std::map<std::string, std::int64_t>& others) {
  std::int64_t sum = 0;
  for (const auto& [step, time] : times) sum += others.contains(step) ? 0 : time;
  return sum;
}

}  // namespace

TimeSteps time_on_made_up_input(const Graph& graph) {
  return [&graph, inputs = Arrays(), outputs = Arrays()](Executor& executor,
                                                         std::span<std::int64_t> step_ns) mutable {
    const std::int64_t batch = executor.plan().max_batch;
    if (inputs.empty()) {
      inputs = made_up_inputs(graph, batch);
      outputs = arrays_of(graph, graph.outputs, batch);
    }
    std::vector<const float*> reads;
    std::vector<float*> writes;
    for (const std::vector<float>& input : inputs) reads.push_back(input.data());
    for (std::vector<float>& output : outputs) writes.push_back(output.data());
    const Status status = executor.run(batch, reads, writes, step_ns);
    if (status != Status::kOk) {
      throw Error(status, "a run for tuning failed: " + std::string(executor.failure()));
    }
  };
}

Trial::Trial(const PlanRequest& request, Candidates candidates, PackedWeights& weights,
             std::shared_ptr<ThreadPool> threads)
    : executor_(make_executor(request, candidates, weights, std::move(threads))),
      latest_(plan().steps.size()),
      lowest_(plan().steps.size()) {
  forget_times();
}

void Trial::run(const TimeSteps& time_steps) {
  time_steps(*executor_, latest_);
  for (std::size_t i = 0; i < latest_.size(); ++i) {
    lowest_[i] = std::min(lowest_[i], latest_[i]);
    spent_ += latest_[i];
  }
}

void Trial::forget_times() {
  std::ranges::fill(lowest_, std::numeric_limits<std::int64_t>::max());
  spent_ = 0;
}

TrialDifference difference(const Trial& before, const Trial& after) {
  const auto times_before = times_by_identity(before), times_after = times_by_identity(after);
  return {time_of_others(times_before, times_after), time_of_others(times_after, times_before)};
}

}  // namespace ockham::cpu
