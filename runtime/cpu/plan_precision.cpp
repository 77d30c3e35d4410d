#include "runtime/cpu/plan_precision.h"

#include <string>

#include "runtime/cpu/kernel.h"
#include "runtime/graph/operators.h"

namespace ockham::cpu {
namespace {

const KernelCandidate& kernel_candidate(Candidates candidates, std::size_t i) {
  return static_cast<const KernelCandidate&>(*candidates[i]);
}

/// Of a layer for which another kernel was taken than those of the request's precision: what the
/// last of them says, behind which there is none.
std::string why_not(const PlanStep& step, const PlanRequest& request, Candidates candidates) {
  for (std::size_t i = candidates.size(); i-- > 0;) {
    const KernelCandidate& candidate = kernel_candidate(candidates, i);
    if (candidate.precision != request.precision || !can_run(candidate, request, step)) continue;
    const Standing standing =
        candidate.rule == nullptr ? Standing{} : candidate.rule(request, step);
    const bool is_refused = standing.rank == Rank::kOnRequest && standing.reason != nullptr;
    return is_refused ? standing.reason : "this kernel gains more";
  }
  return "no kernel of this precision runs it";
}

}  // namespace

void explain_precision(ExecutionPlan& plan, const PlanRequest& request, Candidates candidates) {
  if (request.precision == Precision::kFloat32) return;
  const std::string asked(name_of(request.precision));
  plan.precision = Precision::kFloat32;
  for (PlanStep& step : plan.steps) {
    if (step.node < 0) continue;
    if (kernel_candidate(candidates, step.candidate).precision == request.precision) {
      plan.precision = request.precision;
    } else if (is_layer(computing_node(request.graph, step).op)) {
      step.reason += "; not " + asked + ": " + why_not(step, request, candidates);
    }
  }
  if (plan.precision == Precision::kFloat32) {
    plan.notes.push_back("precision '" + asked +
                         "' was asked for, but no step gains from it: all compute in 'fp32'");
  }
}

}  // namespace ockham::cpu
