// Tuning: which kernels are fastest for a network on this machine, by measuring instead of by rule.
#pragma once

#include <memory>

#include "runtime/cpu/trial.h"
#include "runtime/plan/candidate.h"
#include "runtime/plan/executor.h"
#include "runtime/tuning/tuning_cache.h"

namespace ockham {
class PackedWeights;
}

namespace ockham::cpu {

class ThreadPool;

/// The fastest kernels for all steps that more than one candidate can run, with what each took.
/// What the cache knows of this network is not measured; what is measured is added to it.
///
/// The network is always run as a whole: at first by rule; then with alternatives of all classes of
/// equal steps (step_class.h) at once, to see which may be faster; then with each of these by
/// itself, in turns with the best so far, in the place of which it is kept where all that it
/// changes, with the reorders that it brings, wins by more than noise.
///
/// `threads` are as for make_executor. Throws Error where the network cannot be prepared by rule,
/// or not be run.
Choices tuned_choices(const PlanRequest& request, Candidates candidates, TuningCache& cache,
                      const TimeSteps& time_steps, std::shared_ptr<ThreadPool> threads = nullptr);

/// As make_executor, on the fastest kernels, which it takes from the user's cache or measures and
/// keeps there. The plan's notes say how that went. While it measures, it needs memory for a second
/// arena and a second set of packed weights.
std::unique_ptr<Executor> make_tuned_executor(const PlanRequest& request, Candidates candidates,
                                              PackedWeights& weights,
                                              std::shared_ptr<ThreadPool> threads);

}  // namespace ockham::cpu
