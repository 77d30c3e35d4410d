#include "runtime/plan/fuse.h"

#include <utility>

#include "runtime/graph/cost.h"
#include "runtime/plan/kernel_choice.h"

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
        readers_(graph_.values.size()),
        producers_(graph_.values.size(), -1) {
    for (std::size_t id = 0; id < graph_.nodes.size(); ++id) {
      const ValueId output = graph_.nodes[id].outputs[0];
      producers_[static_cast<std::size_t>(output)] = static_cast<NodeId>(id);
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
    PlanStep step = step_of(graph_, id);
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
    if (const NodeId sum = residual_sum(step); sum >= 0) fused.push_back(sum);
    try_next(is<Unary>, &PlanStep::activation);
    try_next(is<Pool2d>, &PlanStep::pool);
    if (step.activation < 0) try_next(is<Unary>, &PlanStep::activation);
    return fused;
  }

  /// Fuses the sum behind the step with an activation of the same shape that is computed before it.
  /// Returns its node, or -1 when there is none or no candidate takes it.
  NodeId residual_sum(PlanStep& step) const {
    const NodeId next = sole_reader(step.output);
    if (next < 0 || !is<Binary>(graph_.node(next))) return -1;
    const Node& sum = graph_.node(next);
    const ValueId other = sum.inputs[sum.inputs[0] == step.output ? 1 : 0];
    if (std::get<Binary>(sum.op).kind != BinaryKind::kAdd || graph_.value(other).is_constant ||
        producers_[static_cast<std::size_t>(other)] > step.node ||
        graph_.value(other).shape != graph_.value(step.output).shape) {
      return -1;
    }
    PlanStep longer = step;
    append(longer, next);
    longer.residual = next;
    longer.inputs.push_back(other);
    if (!is_supported(longer)) return -1;
    step = std::move(longer);
    return next;
  }

  bool is_supported(const PlanStep& step) const {
    return choose_kernel(request_, candidates_, step).has_value();
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
  std::vector<NodeId> producers_;             ///< of each value; -1: none
};

}  // namespace

std::vector<PlanStep> fuse(const PlanRequest& request, Candidates candidates) {
  return Fuser(request, candidates).run();
}

}  // namespace ockham
