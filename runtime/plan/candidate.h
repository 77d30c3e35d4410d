// Candidate: kernel choice as data. Each device has an ordered list of candidates; the first that
// supports a step runs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/plan/execution_plan.h"
#include "runtime/plan/precision.h"
#include "runtime/plan/storage.h"

namespace ockham {

/// What a plan is made for.
struct PlanRequest {
  const Graph& graph;
  std::int64_t max_batch = 1;
  int threads = 1;
  std::size_t memory_limit = SIZE_MAX;  ///< bytes, for arena and packed weights
  Precision precision = Precision::kFloat32;
  ChannelsLast channels_last = {};  ///< the device's
};

/// The same for another graph, such as a part of it.
inline PlanRequest with_graph(const PlanRequest& request, const Graph& graph) {
  return {.graph = graph,
          .max_batch = request.max_batch,
          .threads = request.threads,
          .memory_limit = request.memory_limit,
          .precision = request.precision,
          .channels_last = request.channels_last};
}

/// Which layout a kernel wants its activations of rank 4 in, input and output alike.
enum class LayoutRule {
  kRowMajor,
  kChannelsLast,
  kAny,  ///< that of the first input in which layouts differ; all others must have the same
};

/// One way to run a step.
struct Candidate {
  const char* name;
  const char* reason;  ///< why it comes before the candidates behind it
  LayoutRule layout;
  /// Whether it runs the step with all that is fused into it. Fusing goes as far as a candidate
  /// says so.
  bool (*supports)(const PlanRequest& request, const PlanStep& step);
  /// Whether it finds the elements of an image in whatever layout that has, so that a flatten in
  /// front of the step is only a name; null: never.
  bool (*reads_unflattened)(const PlanRequest& request, const PlanStep& step) = nullptr;
  /// Whether `supports` looks at PlanStep::residual; otherwise a step that has one is not for it.
  bool takes_residual = false;
  /// The same of PlanStep::pool. Behind a pool, what a step writes is smaller than what its node
  /// computes.
  bool takes_pool = false;
};

inline bool can_run(const Candidate& candidate, const PlanRequest& request, const PlanStep& step) {
  return (step.residual < 0 || candidate.takes_residual) &&
         (step.pool < 0 || candidate.takes_pool) && candidate.supports(request, step);
}

/// In the order in which they are asked.
using Candidates = std::span<const Candidate* const>;

}  // namespace ockham
