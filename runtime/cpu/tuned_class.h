// TunedClass: steps that are alike (step_class.h) and run on one kernel, which tuning looks for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/plan/candidate.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::cpu {

struct TunedClass {
  std::string key;  ///< in the cache
  std::vector<const PlanStep*> steps;
  std::string kernel;                ///< the best so far; at first by rule
  std::vector<std::string> others;   ///< that may be better
  std::map<std::string, double> ns;  ///< what a step took, by kernel

  double of_step(std::int64_t ns_of_all) const {
    return static_cast<double>(ns_of_all) / static_cast<double>(steps.size());
  }

  /// That all steps take so much longer with another kernel than with the best so far.
  void add(const std::string& other, std::int64_t longer) {
    ns[other] = ns.at(kernel) + of_step(longer);
  }
};

/// What the plan says of these steps: "tuned: 41 us; ockham:planar 53 us, onednn 61 us". `ns` has
/// at least the time of the best.
std::string reason_of(const TunedClass& tuned);

/// A choice as the cache keeps it; and back, where that is one for the class.
std::string text_of(const Choice& choice);
std::optional<Choice> read_choice(const std::string& text, const TunedClass& tuned);

}  // namespace ockham::cpu
