#include "runtime/plan/kernel_choice.h"

#include <algorithm>

namespace ockham {
namespace {

/// What was chosen for the step's node, or null.
const Choice* choice_of(const PlanRequest& request, const PlanStep& step) {
  const auto found = request.choices.by_node.find(step.name);
  return found == request.choices.by_node.end() ? nullptr : &found->second;
}

/// Which candidate a choice names, if it can run the node by itself. Kernels of different operators
/// may have one name.
std::optional<std::size_t> chosen_candidate(const PlanRequest& request, Candidates candidates,
                                            const PlanStep& step, const Choice& choice) {
  const PlanStep alone = step_of(request.graph, step.node);
  const auto found = std::ranges::find_if(candidates, [&](const Candidate* candidate) {
    return candidate->name == choice.candidate && can_run(*candidate, request, alone);
  });
  if (found == candidates.end()) return {};
  return static_cast<std::size_t>(found - candidates.begin());
}

Standing standing(const Candidate& candidate, const PlanRequest& request, const PlanStep& step) {
  return candidate.rule == nullptr ? Standing{} : candidate.rule(request, step);
}

std::optional<ChosenKernel> best_by_rule(const PlanRequest& request, Candidates candidates,
                                         const PlanStep& step) {
  std::optional<ChosenKernel> best;
  Rank least = Rank::kOnRequest;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = *candidates[i];
    if (!can_run(candidate, request, step)) continue;
    const auto [rank, reason] = standing(candidate, request, step);
    if (rank >= least) continue;
    least = rank;
    best = {i, reason == nullptr ? candidate.reason : reason};
  }
  return best;
}

}  // namespace

std::optional<ChosenKernel> choose_kernel(const PlanRequest& request, Candidates candidates,
                                          const PlanStep& step) {
  if (const Choice* choice = choice_of(request, step)) {
    if (const auto chosen = chosen_candidate(request, candidates, step, *choice)) {
      if (!can_run(*candidates[*chosen], request, step)) return {};
      return ChosenKernel{*chosen, choice->reason};
    }
  }
  return best_by_rule(request, candidates, step);
}

bool ignores_choice(const PlanRequest& request, Candidates candidates, const PlanStep& step) {
  const Choice* choice = choice_of(request, step);
  return choice != nullptr && !chosen_candidate(request, candidates, step, *choice);
}

std::vector<const Candidate*> alternatives(const PlanRequest& request, Candidates candidates,
                                           const PlanStep& step) {
  const PlanStep alone = step_of(request.graph, step.node);
  std::vector<const Candidate*> found, last_resort;
  for (const Candidate* candidate : candidates) {
    if (!can_run(*candidate, request, alone)) continue;
    const bool is_last = standing(*candidate, request, alone).rank == Rank::kLastResort;
    (is_last ? last_resort : found).push_back(candidate);
  }
  return found.empty() ? last_resort : found;
}

PlanStep step_of(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  PlanStep step{.name = node.name,
                .op = std::string(operator_name(node.op)),
                .node = id,
                .output = node.outputs[0]};
  for (const ValueId input : node.inputs) {
    if (!graph.value(input).is_constant) step.inputs.push_back(input);
  }
  return step;
}

}  // namespace ockham
