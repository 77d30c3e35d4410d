#include "runtime/plan/fuse.h"

#include <algorithm>
#include <utility>

#include "runtime/graph/cost.h"

namespace ockham {
namespace {

template <class Op>
bool is(const Node& node) {
  return std::holds_alternative<Op>(node.op);
}

class Fuser {
 public:
  Fuser(const PlanRequest& request, Candidates candidates)
      : request_(request),
        candidates_(candidates),
        graph_(request.graph),
        cost_(cost(graph_)),
        readers_(graph_.values.size()) {
    for (std::size_t id = 0; id < graph_.nodes.size(); ++id) {
      for (const ValueId value : graph_.nodes[id].inputs) {
        readers_[static_cast<std::size_t>(value)].push_back(static_cast<NodeId>(id));
      }
    }
  }

  std::vector<PlanStep> run() {
    std::vector<bool> taken(graph_.nodes.size(), false);
    std::vector<PlanStep> steps;
    for (std::size_t id = 0; id < graph_.nodes.size(); ++id) {
      if (taken[id]) continue;
      steps.push_back(start(static_cast<NodeId>(id)));
      for (const NodeId node : extend(steps.back())) taken[static_cast<std::size_t>(node)] = true;
    }
    return steps;
  }

 private:
  PlanStep start(NodeId id) const {
    const Node& node = graph_.node(id);
    PlanStep step{.name = node.name,
                  .op = std::string(operator_name(node.op)),
                  .node = id,
                  .output = node.outputs[0]};
    for (const ValueId input : node.inputs) {
      if (!graph_.value(input).is_constant) step.inputs.push_back(input);
    }
    add_cost(step, id);
    return step;
  }

  /// Returns the nodes that it fuses into the step.
  std::vector<NodeId> extend(PlanStep& step) const {
    std::vector<NodeId> fused;
    const auto try_next = [&](auto is_part, NodeId PlanStep::*part) {
      const NodeId next = sole_reader(step.output);
      if (next < 0 || !is_part(graph_.node(next))) return;
      PlanStep longer = step;
      append(longer, next);
      longer.*part = next;
      if (!is_supported(longer)) return;
      step = std::move(longer);
      fused.push_back(next);
    };
    try_next(is<BatchNorm>, &PlanStep::batch_norm);
    try_next(is<Unary>, &PlanStep::activation);
    return fused;
  }

  bool is_supported(const PlanStep& step) const {
    return std::ranges::any_of(candidates_, [&](const Candidate* candidate) {
      return candidate->supports(request_, step);
    });
  }

  /// The one node that reads `value`, or -1 when there are others or the network hands it out.
  NodeId sole_reader(ValueId value) const {
    const std::vector<NodeId>& readers = readers_[static_cast<std::size_t>(value)];
    return readers.size() == 1 && !graph_.is_output(value) ? readers[0] : -1;
  }

  void append(PlanStep& step, NodeId id) const {
    const Node& node = graph_.node(id);
    step.op += "+" + std::string(operator_name(node.op));
    step.output = node.outputs[0];
    add_cost(step, id);
  }

  void add_cost(PlanStep& step, NodeId id) const {
    const NodeCost& node = cost_.nodes[static_cast<std::size_t>(id)];
    step.macs = saturating_add(step.macs, node.macs);
    step.params = saturating_add(step.params, node.params);
  }

  const PlanRequest& request_;
  Candidates candidates_;
  const Graph& graph_;
  GraphCost cost_;
  std::vector<std::vector<NodeId>> readers_;  ///< of each value; twice where a node reads it twice
};

}  // namespace

std::vector<PlanStep> fuse(const PlanRequest& request, Candidates candidates) {
  return Fuser(request, candidates).run();
}

}  // namespace ockham
