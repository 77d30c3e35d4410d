// Candidate: one way to run a step, as data. Each device has a list of them; who runs a step is
// said in kernel_choice.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/plan/array_format.h"
#include "runtime/plan/execution_plan.h"
#include "runtime/plan/precision.h"
#include "runtime/plan/storage.h"

namespace ockham {

/// Which candidate shall run a step.
struct Choice {
  std::string candidate;  ///< its name
  std::string reason;     ///< what the plan says of it
};

/// What was chosen before the network is planned, such as by tuning. All else is chosen by rule.
struct Choices {
  std::map<std::string, Choice> by_node;  ///< by the name of the node that the step computes
  std::vector<std::string> notes;         ///< how they came about: they become the plan's
};

/// What a plan is made for.
struct PlanRequest {
  const Graph& graph;
  std::int64_t max_batch = 1;
  int threads = 1;
  std::size_t memory_limit = SIZE_MAX;  ///< bytes, for arena and packed weights
  Precision precision = Precision::kFloat32;
  ChannelsLast channels_last = {};  ///< the device's
  Choices choices = {};
  ArrayFormats input_formats = {}, output_formats = {};  ///< of the caller's arrays
};

/// The same for another graph, such as a part of it, whose arrays are as in that graph.
inline PlanRequest with_graph(const PlanRequest& request, const Graph& graph) {
  return {.graph = graph,
          .max_batch = request.max_batch,
          .threads = request.threads,
          .memory_limit = request.memory_limit,
          .precision = request.precision,
          .channels_last = request.channels_last,
          .choices = request.choices};
}

/// Which layout a kernel wants its activations of rank 4 in, input and output alike.
enum class LayoutRule {
  kRowMajor,
  kChannelsLast,
  kAny,  ///< that of the first input in which layouts differ; all others must have the same
  kAnyToRowMajor,  ///< the same for inputs; the output is row-major
};

/// How a candidate stands among those that can run a step, best first.
enum class Rank : std::uint8_t {
  kPreferred,
  kFallback,    ///< where none is preferred
  kLastResort,  ///< where nothing else can run the step: right, but slow
  kOnRequest,   ///< only where it was chosen for the step
};

/// What a candidate's rule says.
struct Standing {
  Rank rank = Rank::kPreferred;
  const char* reason = nullptr;  ///< null: Candidate::reason
};

/// One way to run a step.
struct Candidate {
  const char* name;
  const char* reason;  ///< why it is taken where it is
  LayoutRule layout;
  /// Whether it can run the step with all that is fused into it.
  bool (*supports)(const PlanRequest& request, const PlanStep& step);
  /// Whether it finds the elements of an image in whatever layout that has, so that a flatten in
  /// front of the step is only a name; null: never.
  bool (*reads_unflattened)(const PlanRequest& request, const PlanStep& step) = nullptr;
  /// Whether `supports` looks at PlanStep::residual; otherwise a step that has one is not for it.
  bool takes_residual = false;
  /// The same of PlanStep::pool. Behind a pool, what a step writes is smaller than what its node
  /// computes.
  bool takes_pool = false;
  /// What it reads activations in, and writes them in where all steps behind it read them so;
  /// otherwise it writes the device's type. Nothing: that in any case.
  std::optional<StoredType> type = {};
  /// How it stands for a step that it can run. Null: it is preferred.
  Standing (*rule)(const PlanRequest& request, const PlanStep& step) = nullptr;
};

inline bool can_run(const Candidate& candidate, const PlanRequest& request, const PlanStep& step) {
  return (step.residual < 0 || candidate.takes_residual) &&
         (step.pool < 0 || candidate.takes_pool) && candidate.supports(request, step);
}

/// A device's kernels, each once. Of those that stand alike the first is taken.
using Candidates = std::span<const Candidate* const>;

}  // namespace ockham
