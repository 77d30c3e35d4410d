#include "runtime/plan/fuse.h"

#include "runtime/graph/cost.h"

namespace ockham {
namespace {

template <class Op>
bool is(const Node& node) {
  return std::holds_alternative<Op>(node.op);
}

bool is_relu(const Node& node) {
  const auto* unary = std::get_if<Unary>(&node.op);
  return unary != nullptr && unary->kind == UnaryKind::kRelu;
}

bool takes_batch_norm(const Node& node) { return is<Conv2d>(node) || is<Linear>(node); }

bool takes_relu(const Node& node) {
  return takes_batch_norm(node) || is<BatchNorm>(node) || is<Binary>(node);
}

class Fuser {
 public:
  explicit Fuser(const Graph& graph)
      : graph_(graph), cost_(cost(graph)), readers_(graph.values.size()) {
    for (std::size_t id = 0; id < graph.nodes.size(); ++id) {
      for (const ValueId value : graph.nodes[id].inputs) {
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
      extend(steps.back());
      for (const NodeId node : steps.back().nodes) taken[static_cast<std::size_t>(node)] = true;
    }
    return steps;
  }

 private:
  PlanStep start(NodeId id) const {
    const Node& node = graph_.node(id);
    PlanStep step{.name = node.name,
                  .op = std::string(operator_name(node.op)),
                  .nodes = {id},
                  .output = node.outputs[0]};
    for (const ValueId input : node.inputs) {
      if (!graph_.value(input).is_constant) step.inputs.push_back(input);
    }
    add_cost(step, id);
    return step;
  }

  void extend(PlanStep& step) const {
    const Node& node = computing_node(graph_, step);
    NodeId next = sole_reader(step.output);
    if (next >= 0 && takes_batch_norm(node) && is<BatchNorm>(graph_.node(next))) {
      append(step, next);
      next = sole_reader(step.output);
    }
    if (next >= 0 && takes_relu(node) && is_relu(graph_.node(next))) append(step, next);
  }

  /// The one node that reads `value`, or -1 when there are others or the network hands it out.
  NodeId sole_reader(ValueId value) const {
    const std::vector<NodeId>& readers = readers_[static_cast<std::size_t>(value)];
    return readers.size() == 1 && !graph_.is_output(value) ? readers[0] : -1;
  }

  void append(PlanStep& step, NodeId id) const {
    const Node& node = graph_.node(id);
    step.op += "+" + std::string(operator_name(node.op));
    step.nodes.push_back(id);
    step.output = node.outputs[0];
    add_cost(step, id);
  }

  void add_cost(PlanStep& step, NodeId id) const {
    const NodeCost& node = cost_.nodes[static_cast<std::size_t>(id)];
    step.macs = saturating_add(step.macs, node.macs);
    step.params = saturating_add(step.params, node.params);
  }

  const Graph& graph_;
  GraphCost cost_;
  std::vector<std::vector<NodeId>> readers_;  ///< of each value; twice where a node reads it twice
};

}  // namespace

std::vector<PlanStep> fuse(const Graph& graph) { return Fuser(graph).run(); }

const Node* folded_batch_norm(const Graph& graph, const PlanStep& step) {
  if (step.nodes.size() < 2) return nullptr;
  const Node& second = graph.node(step.nodes[1]);
  return is<BatchNorm>(second) ? &second : nullptr;
}

bool has_fused_relu(const Graph& graph, const PlanStep& step) {
  return step.nodes.size() > 1 && is_relu(graph.node(step.nodes.back()));
}

}  // namespace ockham
