// Trial: a network prepared with some choice of kernels, to see how long each of its steps takes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "runtime/plan/candidate.h"
#include "runtime/plan/executor.h"

namespace ockham {
class PackedWeights;
}

namespace ockham::cpu {

class ThreadPool;

/// Runs the network once, on the largest batch, and writes the nanoseconds of each step. Tests have
/// their own, which measure nothing.
using TimeSteps = std::function<void(Executor& executor, std::span<std::int64_t> step_ns)>;

/// What really runs it, on made-up input. Throws Error where a run fails.
TimeSteps time_on_made_up_input(const Graph& graph);

class Trial {
 public:
  /// Throws as make_executor does.
  Trial(const PlanRequest& request, Candidates candidates, PackedWeights& weights,
        std::shared_ptr<ThreadPool> threads);

  void run(const TimeSteps& time_steps);
  /// Begins anew, as if it had not run.
  void forget_times();

  const ExecutionPlan& plan() const { return executor_->plan(); }
  /// Nanoseconds of each step, the lowest of all runs.
  std::span<const std::int64_t> lowest() const { return lowest_; }
  /// Nanoseconds of all runs.
  std::int64_t spent() const { return spent_; }

 private:
  std::unique_ptr<Executor> executor_;
  std::vector<std::int64_t> latest_, lowest_;  ///< of each step
  std::int64_t spent_ = 0;
};

/// Nanoseconds of what two trials do differently: steps, reorders among them, that only one of them
/// has. What both do alike would only add its noise.
struct TrialDifference {
  std::int64_t before = 0, after = 0;
};

TrialDifference difference(const Trial& before, const Trial& after);

}  // namespace ockham::cpu
