#include "runtime/cpu/tuning.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/cpu/cpu_executor.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/cpu/platform.h"
#include "runtime/cpu/tuned_class.h"
#include "runtime/graph/number_text.h"
#include "runtime/plan/kernel_choice.h"
#include "runtime/plan/planner.h"
#include "runtime/tuning/step_class.h"

namespace ockham::cpu {
namespace {

/// Part of the time by which an alternative must win.
constexpr double kNoise = 0.03;
constexpr int kScreeningRuns = 3;
/// Runs of each of two that are compared: as many as take this long, within bounds.
constexpr int kLeastRuns = 4, kMostRuns = 50;
constexpr std::int64_t kComparisonNs = 20'000'000;

using Clock = std::chrono::steady_clock;

std::string seconds_text(std::chrono::duration<double> time) {
  return number_text(std::round(time.count() * 100.0) / 100.0) + " s";
}

/// What a plan's steps of a class run.
std::set<NodeId> nodes_of(const ExecutionPlan& plan, const TunedClass& tuned) {
  std::set<NodeId> nodes;
  for (const PlanStep& step : plan.steps) {
    const bool is_one = std::ranges::any_of(
        tuned.steps, [&](const PlanStep* other) { return step.node == other->node; });
    if (!is_one) continue;
    nodes.insert({step.node, step.batch_norm, step.residual, step.activation, step.pool});
  }
  nodes.erase(-1);  // where nothing is fused
  return nodes;
}

/// Nanoseconds of the steps that compute these nodes; -1 is that of all reorders.
std::int64_t ns_of(const Trial& trial, const std::set<NodeId>& nodes) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < trial.plan().steps.size(); ++i) {
    if (nodes.contains(trial.plan().steps[i].node)) sum += trial.lowest()[i];
  }
  return sum;
}

class Tuner {
 public:
  Tuner(const PlanRequest& request, Candidates candidates, TuningCache& cache,
        const TimeSteps& time_steps, std::shared_ptr<ThreadPool> threads)
      : request_(request),
        candidates_(candidates),
        cache_(cache),
        time_steps_(time_steps),
        threads_(std::move(threads)),
        by_rule_(make_plan(request, candidates)) {}

  Choices run() {
    std::vector<TunedClass> unknown;
    for (TunedClass& tuned : find_classes()) {
      const auto text = cache_.find(tuned.key);
      const auto known = text ? read_choice(*text, tuned) : std::nullopt;
      if (known) {
        choose(request_.choices, tuned, *known);
      } else {
        unknown.push_back(std::move(tuned));
      }
    }
    if (!unknown.empty()) {
      const Clock::time_point begin = Clock::now();
      measure(unknown);
      request_.choices.notes.push_back("tuning took " + seconds_text(Clock::now() - begin));
    }
    return std::move(request_.choices);
  }

 private:
  /// Those with something to choose, in the order of their first steps.
  std::vector<TunedClass> find_classes() const {
    std::vector<TunedClass> classes;
    const std::string network = plan_class(request_.graph, by_rule_);
    for (const PlanStep& step : by_rule_.steps) {
      if (step.node < 0) continue;
      TunedClass made{.kernel = candidates_[step.candidate]->name};
      for (const Candidate* candidate : alternatives(request_, candidates_, step)) {
        if (candidate->name != made.kernel) made.others.emplace_back(candidate->name);
      }
      if (made.others.empty()) continue;
      made.key = key(step, made, network);
      const auto found = std::ranges::find(classes, made.key, &TunedClass::key);
      TunedClass& its_class =
          found == classes.end() ? classes.emplace_back(std::move(made)) : *found;
      its_class.steps.push_back(&step);
    }
    return classes;
  }

  std::string key(const PlanStep& step, const TunedClass& tuned, const std::string& network) const {
    std::string text = step_class(request_.graph, step) + ", " +
                       std::string(name_of(request_.precision)) + ", batch " +
                       std::to_string(request_.max_batch) + ", threads " +
                       std::to_string(request_.threads) + ", network " + network + ", by rule " +
                       tuned.kernel + ", or";
    for (const std::string& other : tuned.others) text += " " + other;
    return text;
  }

  static void choose(Choices& choices, const TunedClass& tuned, const Choice& choice) {
    for (const PlanStep* step : tuned.steps) choices.by_node.insert_or_assign(step->name, choice);
  }

  /// Null where the network cannot be prepared so: a library may refuse, or memory be short.
  std::unique_ptr<Trial> trial(Choices choices) {
    try {
      PlanRequest request = request_;
      request.choices = std::move(choices);
      return std::make_unique<Trial>(request, candidates_, weights_, threads_);
    } catch (const Error&) {
      return nullptr;
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }

  std::unique_ptr<Trial> trial_with(const TunedClass& tuned, const std::string& kernel) {
    Choices choices = request_.choices;
    choose(choices, tuned, {kernel, ""});
    return trial(std::move(choices));
  }

  void measure(std::vector<TunedClass>& classes) {
    best_ = std::make_unique<Trial>(request_, candidates_, weights_, threads_);
    for (int i = 0; i < kScreeningRuns; ++i) best_->run(time_steps_);
    for (TunedClass& tuned : classes) {
      tuned.ns[tuned.kernel] = tuned.of_step(ns_of(*best_, nodes_of(best_->plan(), tuned)));
    }
    screen(classes);
    std::ranges::sort(classes, std::ranges::greater(), [](const TunedClass& tuned) {
      return tuned.ns.at(tuned.kernel) * static_cast<double>(tuned.steps.size());
    });
    for (TunedClass& tuned : classes) {
      decide(tuned);
      const Choice choice{tuned.kernel, reason_of(tuned)};
      choose(request_.choices, tuned, choice);
      cache_.add(tuned.key, text_of(choice));
    }
  }

  /// Tries alternatives of all classes at once, and drops those that are not even faster where all
  /// reorders of the best so far count as saved.
  void screen(std::vector<TunedClass>& classes) {
    std::size_t rounds = 0;
    for (const TunedClass& tuned : classes) rounds = std::max(rounds, tuned.others.size());
    for (std::size_t round = 0; round < rounds; ++round) screen(classes, round);
    const std::int64_t reorders = ns_of(*best_, {-1});
    for (TunedClass& tuned : classes) {
      const double least = tuned.ns.at(tuned.kernel) + tuned.of_step(reorders);
      std::erase_if(tuned.others, [&](const std::string& other) {
        const auto took = tuned.ns.find(other);
        return took != tuned.ns.end() && took->second >= least;
      });
    }
  }

  void screen(std::vector<TunedClass>& classes, std::size_t round) {
    Choices choices = request_.choices;
    for (const TunedClass& tuned : classes) {
      if (round < tuned.others.size()) choose(choices, tuned, {tuned.others[round], ""});
    }
    std::unique_ptr<Trial> tried = trial(std::move(choices));
    if (tried == nullptr) return;  // who of them is to blame will be seen
    for (int i = 0; i < kScreeningRuns; ++i) tried->run(time_steps_);
    for (TunedClass& tuned : classes) {
      if (round < tuned.others.size()) compare_steps(*tried, tuned, tuned.others[round]);
    }
    forget(std::move(tried));
  }

  /// Looks at the class's steps alone, and at what one plan fuses with them and the other does not.
  void compare_steps(const Trial& tried, TunedClass& tuned, const std::string& other) const {
    std::set<NodeId> nodes = nodes_of(best_->plan(), tuned);
    nodes.merge(nodes_of(tried.plan(), tuned));
    tuned.add(other, ns_of(tried, nodes) - ns_of(*best_, nodes));
  }

  /// With the weights that only this trial used.
  void forget(std::unique_ptr<Trial> trial) {
    trial.reset();
    weights_.drop_unused();
  }

  /// Tries what is left of the class's alternatives, each by itself.
  void decide(TunedClass& tuned) {
    for (const std::string& other : tuned.others) {
      std::unique_ptr<Trial> tried = trial_with(tuned, other);
      if (tried != nullptr && wins(*tried, tuned, other)) {
        tuned.kernel = other;
        choose(request_.choices, tuned, {other, ""});
        std::swap(best_, tried);
      }
      forget(std::move(tried));
    }
  }

  /// Runs the best so far and the other in turns, for as long as the other may win.
  bool wins(Trial& tried, TunedClass& tuned, const std::string& other) {
    TrialDifference apart;
    best_->forget_times();  // so that both have run equally often
    for (int runs = 1; runs <= kMostRuns; ++runs) {
      best_->run(time_steps_);
      tried.run(time_steps_);
      apart = difference(*best_, tried);
      if (runs > 1 && apart.after >= apart.before) break;
      if (runs >= kLeastRuns && tried.spent() >= kComparisonNs) break;
    }
    tuned.add(other, apart.after - apart.before);
    return is_less(apart.after, apart.before);
  }

  /// By more than noise.
  static bool is_less(std::int64_t ns, std::int64_t than) {
    return static_cast<double>(ns) < (1.0 - kNoise) * static_cast<double>(than);
  }

  PlanRequest request_;  ///< with what is chosen so far
  Candidates candidates_;
  TuningCache& cache_;
  const TimeSteps& time_steps_;
  std::shared_ptr<ThreadPool> threads_;
  ExecutionPlan by_rule_;
  PackedWeights weights_;  ///< not the model's, in which those of all alternatives would stay
  std::unique_ptr<Trial> best_;
};

}  // namespace

Choices tuned_choices(const PlanRequest& request, Candidates candidates, TuningCache& cache,
                      const TimeSteps& time_steps, std::shared_ptr<ThreadPool> threads) {
  return Tuner(request, candidates, cache, time_steps, std::move(threads)).run();
}

std::unique_ptr<Executor> make_tuned_executor(const PlanRequest& request, Candidates candidates,
                                              PackedWeights& weights,
                                              std::shared_ptr<ThreadPool> threads) {
  TuningCache cache(cache_folder(), platform());
  PlanRequest tuned = request;
  tuned.choices =
      tuned_choices(request, candidates, cache, time_on_made_up_input(request.graph), threads);
  cache.save();
  std::ranges::copy(cache.notes(), std::back_inserter(tuned.choices.notes));
  return make_executor(tuned, candidates, weights, std::move(threads));
}

}  // namespace ockham::cpu
