#include "converters/pruning/pruning_plan.h"

#include <algorithm>
#include <cmath>

#include "converters/channels/convolutions.h"
#include "converters/pruning/carriers.h"
#include "converters/pruning/compact.h"
#include "converters/pruning/group_view.h"
#include "converters/pruning/layer_reasons.h"
#include "runtime/graph/cost.h"

namespace ockham::converters {
namespace {

/// Whether the channel is dead in all values of the group.
bool is_removable(const Analysis& analysis, const ChannelGroup& group, std::int64_t channel) {
  return group.removable && std::ranges::all_of(group.values, [&](const CarriedValue& carried) {
           const ChannelFacts& facts = facts_of(analysis, carried.value);
           for (std::int64_t i = 0; i < carried.block; ++i) {
             if (!is_dead(facts, channel * carried.block + i)) return false;
           }
           return true;
         });
}

/// A group keeps one channel, but two where a depthwise convolution has several filters for each:
/// with one channel it would be an ordinary convolution, and a second conversion would find more to
/// remove.
std::size_t least_width(const Graph& graph, const ChannelGroup& group) {
  const bool multiplies = std::ranges::any_of(group.carriers, [&](const WeightAxis& axis) {
    const Node& node = graph.node(axis.node);
    return std::holds_alternative<Conv2d>(node.op) &&
           graph.value(node.inputs[1]).shape[0] > graph.value(node.inputs[0]).shape[1];
  });
  return multiplies ? 2 : 1;
}

/// Takes back removed channels, lowest first, until `least` are kept.
void keep_at_least(std::size_t least, std::int64_t width, std::vector<std::int64_t>& keep) {
  for (std::int64_t c = 0; c < width && keep.size() < least; ++c) {
    if (!std::ranges::binary_search(keep, c)) keep.insert(std::ranges::lower_bound(keep, c), c);
  }
}

GroupDecision decide(const Graph& graph, const Analysis& analysis, ChannelGroup group) {
  std::vector<bool> removable;
  for (std::int64_t c = 0; c < group.width; ++c) {
    removable.push_back(is_removable(analysis, group, c));
  }
  GroupDecision decision;
  decision.carriers = choose_carriers(graph, analysis, group, removable);
  for (std::int64_t c = 0; c < group.width; ++c) {
    const bool carrier = std::ranges::binary_search(decision.carriers, c);
    if (carrier || !removable[static_cast<std::size_t>(c)]) decision.keep.push_back(c);
  }
  keep_at_least(least_width(graph, group), group.width, decision.keep);
  decision.group = std::move(group);
  return decision;
}

/// The decision for the group that `value` belongs to, and its block there.
struct Membership {
  const GroupDecision* decision = nullptr;
  std::int64_t block = 1;
  bool keeps(std::int64_t channel) const {
    return std::ranges::binary_search(decision->keep, channel / block);
  }
};

std::vector<Membership> memberships(const Graph& graph,
                                    const std::vector<GroupDecision>& decisions) {
  std::vector<Membership> of_value(graph.values.size());
  for (const GroupDecision& decision : decisions) {
    for (const CarriedValue& carried : decision.group.values) {
      of_value[static_cast<std::size_t>(carried.value)] = {&decision, carried.block};
    }
  }
  return of_value;
}

/// Plans where the constants among a layer's removed inputs go.
class FoldingPlanner {
 public:
  FoldingPlanner(const Graph& graph, const Analysis& analysis,
                 const std::vector<GroupDecision>& decisions)
      : graph_(graph), analysis_(analysis), of_value_(memberships(graph, decisions)) {}

  Folding plan(NodeId id) const {
    const Node& layer = graph_.node(id);
    const Membership& inputs = of(layer.inputs[0]);
    const ChannelFacts& facts = facts_of(analysis_, layer.inputs[0]);
    Folding folding{.layer = id};
    for (std::int64_t c = 0; c < static_cast<std::int64_t>(facts.constant.size()); ++c) {
      const double constant = nonzero_constant(facts, c);
      if (constant == 0.0) continue;
      if (inputs.keeps(c)) {
        prefer_carrier(folding, {c, constant});
      } else if (is_read_by_kept(layer, c)) {
        folding.removed.push_back({c, constant});
      }
    }
    return routed(layer, std::move(folding));
  }

 private:
  const Membership& of(ValueId value) const { return of_value_[static_cast<std::size_t>(value)]; }

  bool is_read_by_kept(const Node& layer, std::int64_t channel) const {
    const std::int64_t filters = channel_count(graph_.value(layer.outputs[0]).shape);
    for (std::int64_t f = 0; f < filters; ++f) {
      if (of(layer.outputs[0]).keeps(f) && reads(graph_, layer, f, channel)) return true;
    }
    return false;
  }

  static void prefer_carrier(Folding& folding, const FoldedInput& candidate) {
    if (!folding.carrier || std::abs(candidate.constant) > std::abs(folding.carrier->constant)) {
      folding.carrier = candidate;
    }
  }

  Folding routed(const Node& layer, Folding folding) const {
    if (!reads_through_padding(graph_, layer)) {
      folding.carrier.reset();
    } else if (!folding.carrier) {
      folding.removed
          .clear();  // only filters that nobody uses read them, else there were a carrier
    }
    return folding;
  }

  const Graph& graph_;
  const Analysis& analysis_;
  std::vector<Membership> of_value_;
};

std::vector<Folding> plan_foldings(const Graph& graph, const Analysis& analysis,
                                   const std::vector<GroupDecision>& decisions) {
  const FoldingPlanner planner(graph, analysis, decisions);
  std::vector<Folding> foldings;
  for (const GroupDecision& decision : decisions) {
    for (const WeightAxis& axis : decision.group.consumers) {
      Folding folding = planner.plan(axis.node);
      if (!folding.removed.empty()) foldings.push_back(std::move(folding));
    }
  }
  return foldings;
}

bool is_layer(const Node& node) {
  return std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<Linear>(node.op);
}

/// Widths and costs are read off the compact graph, so that the plan cannot promise anything else.
std::vector<LayerPlan> plan_layers(const Graph& graph, const Analysis& analysis,
                                   const PruningPlan& plan) {
  const Graph after = compact(graph, plan).graph;
  const GraphCost cost_before = cost(graph), cost_after = cost(after);
  std::vector<LayerPlan> layers;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!is_layer(node)) continue;
    layers.push_back({.node = static_cast<NodeId>(i),
                      .name = node.name,
                      .op = std::string(operator_name(node.op)),
                      .inputs_before = channel_count(graph.value(node.inputs[0]).shape),
                      .inputs_after = channel_count(after.value(node.inputs[0]).shape),
                      .width_before = channel_count(graph.value(node.outputs[0]).shape),
                      .width_after = channel_count(after.value(node.outputs[0]).shape),
                      .macs_before = cost_before.nodes[i].macs,
                      .macs_after = cost_after.nodes[i].macs,
                      .params_before = cost_before.nodes[i].params,
                      .params_after = cost_after.nodes[i].params,
                      .reason = layer_reason(graph, analysis, plan, static_cast<NodeId>(i))});
  }
  return layers;
}

}  // namespace

bool PruningPlan::changes_anything() const {
  return std::ranges::any_of(decisions, [](const GroupDecision& decision) {
    return static_cast<std::int64_t>(decision.keep.size()) < decision.group.width;
  });
}

PruningPlan plan_pruning(const Graph& graph, const Analysis& analysis) {
  PruningPlan plan;
  for (ChannelGroup& group : channel_groups(graph)) {
    plan.decisions.push_back(decide(graph, analysis, std::move(group)));
  }
  plan.foldings = plan_foldings(graph, analysis, plan.decisions);
  plan.layers = plan_layers(graph, analysis, plan);
  return plan;
}

}  // namespace ockham::converters
