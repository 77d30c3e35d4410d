// What a finished run has.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"
#include "training/control/goal.h"
#include "training/state/subject.h"
#include "training/surgery/posterior_record.h"

namespace ockham::training {

/// With `Settings::dense_only` the dense parts only.
struct TrainingResult {
  Subject subject;
  Graph dense;                                        ///< trained
  std::map<std::string, std::string> dense_metadata;  ///< of the file that it came in; else empty
  Graph pruned;                                       ///< masked: dense widths, exact zeros
  Graph compact;
  double dense_validation_error = 0.0, dense_test_error = 0.0;
  double validation_error = 0.0, test_error = 0.0;
  PosteriorRecord posterior;  ///< by group, dense numbering
  GoalOutcome goal;
  std::string failure;  ///< a sentence when the price left nothing useful; else empty
  double seconds = 0.0;
  std::vector<std::string> metrics;
};

}  // namespace ockham::training
