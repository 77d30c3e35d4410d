// RowSchedule: which rows each step of a chain computes for the next strip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/cpu/kernel.h"

namespace ockham::cpu {

/// A chain's steps, and how far down an image each of them is.
class RowSchedule {
 public:
  struct Step {
    const RowKernel* kernel;
    std::size_t input;      ///< which one the step in front computes; nothing in the first step
    Rows rows = {};         ///< of its output, to be computed now; there may be none
    std::int64_t kept = 0;  ///< the first row of its output that the step behind reads now
  };

  /// Adds a step behind those that are there.
  void add(const RowKernel& kernel, std::size_t input) { steps_.push_back({&kernel, input}); }
  std::size_t steps() const { return steps_.size(); }
  const Step& step(std::size_t i) const { return steps_[i]; }

  /// Goes to the top of an image.
  void restart();
  /// Goes on until the last step has its rows up to before `last`.
  void advance(std::int64_t last);

 private:
  std::vector<Step> steps_;
};

}  // namespace ockham::cpu
