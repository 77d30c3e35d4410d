#include "converters/pruning/pruning_plan.h"

#include <algorithm>
#include <cmath>

#include "converters/channels/convolutions.h"
#include "converters/pruning/carriers.h"

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

/// Whether a depthwise convolution carries the group's channels on; one that has several filters
/// for each, if asked for.
bool is_carried_depthwise(const Graph& graph, const ChannelGroup& group, bool multiplies) {
  return std::ranges::any_of(group.carriers, [&](const WeightAxis& axis) {
    const Node& node = graph.node(axis.node);
    return std::holds_alternative<Conv2d>(node.op) &&
           (!multiplies ||
            graph.value(node.inputs[1]).shape[0] > graph.value(node.inputs[0]).shape[1]);
  });
}

/// Whether arithmetic repeats one channel of another value for all of the group's.
bool meets_repeated_channel(const Graph& graph, const ChannelGroup& group) {
  return std::ranges::any_of(graph.nodes, [&](const Node& node) {
    return std::holds_alternative<Binary>(node.op) &&
           std::ranges::find(group.values, node.outputs[0], &CarriedValue::value) !=
               group.values.end() &&
           std::ranges::any_of(node.inputs, [&](ValueId input) {
             const Value& value = graph.value(input);
             return !value.is_constant && channel_count(value.shape) == 1;
           });
  });
}

/// A group keeps one channel, but two where a depthwise convolution has several filters for each:
/// with one channel it would be an ordinary convolution, and a second conversion would find more to
/// remove. See PlanLimits for `keeps_structure`.
std::size_t least_width(const Graph& graph, const ChannelGroup& group, bool keeps_structure) {
  const bool wants_two = is_carried_depthwise(graph, group, !keeps_structure) ||
                         (keeps_structure && meets_repeated_channel(graph, group));
  return wants_two ? 2 : 1;
}

/// Takes back a removed channel; whether it was one.
bool take_back(std::int64_t channel, std::vector<std::int64_t>& keep) {
  const auto at = std::ranges::lower_bound(keep, channel);
  if (at != keep.end() && *at == channel) return false;
  keep.insert(at, channel);
  return true;
}

/// A group's own decision, which may still be to keep nothing; see `complete`.
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
  decision.group = std::move(group);
  return decision;
}

/// Whether zeros may stand for the channel: it is zero, or nobody uses it. (Another constant may
/// have made those constant who then do not "use" it.)
bool can_be_zero(const ChannelFacts& facts, std::size_t channel) {
  const std::optional<double>& constant = facts.constant[channel];
  return constant ? *constant == 0.0 : !facts.used[channel];
}

/// Takes back the channels that kept outputs of Gathers were picked from: a dead output may stay
/// for others in its group. What can be zero needs nothing to be picked from. Whether there were
/// any.
bool keep_what_is_selected(const Graph& graph, const Analysis& analysis,
                           std::vector<GroupDecision>& decisions) {
  bool changed = false;
  for (GroupDecision& decision : decisions) {
    for (const GatherAxis& axis : decision.group.gathers) {
      const Node& node = graph.node(axis.node);
      const std::vector<std::int64_t>& indices = std::get<Gather>(node.op).indices;
      const ChannelFacts& facts = facts_of(analysis, node.outputs[0]);
      for (const std::int64_t k : membership(decisions, node.outputs[0]).kept()) {
        const auto output = static_cast<std::size_t>(k);
        if (can_be_zero(facts, output)) continue;
        changed |= take_back(indices[output] / axis.block, decision.keep);
      }
    }
  }
  return changed;
}

/// The decision about a value's group, to be changed, and how many channels of the value belong to
/// one of the group.
struct Decided {
  GroupDecision* decision;
  std::int64_t block;

  bool keeps(std::int64_t channel) const {
    return std::ranges::binary_search(decision->keep, channel / block);
  }
  bool take_back(std::int64_t channel) const {
    return converters::take_back(channel / block, decision->keep);
  }
};

Decided decided(std::vector<GroupDecision>& decisions, ValueId value) {
  const Membership found = membership(decisions, value);
  return {&decisions[static_cast<std::size_t>(found.decision - decisions.data())], found.block};
}

/// A concat's output has the channels that its inputs have: each is kept by both or by neither.
/// Takes back what only one side removed; whether there was any.
bool keep_what_is_joined(const Graph& graph, std::vector<GroupDecision>& decisions) {
  bool changed = false;
  for (const Node& node : graph.nodes) {
    const auto* concat = std::get_if<Concat>(&node.op);
    if (concat == nullptr || concat->axis != 1) continue;
    const Decided to = decided(decisions, node.outputs[0]);
    std::int64_t k = 0;
    for (const ValueId input : node.inputs) {
      const Decided from = decided(decisions, input);
      for (std::int64_t c = 0; c < channel_count(graph.value(input).shape); ++c, ++k) {
        if (from.keeps(c)) changed |= to.take_back(k);
        if (to.keeps(k)) changed |= from.take_back(c);
      }
    }
  }
  return changed;
}

/// What is kept of the channels that each slice of a grouped convolution reads, or computes.
class SliceCounts {
 public:
  SliceCounts(const Decided& channels, std::int64_t slices, std::int64_t width)
      : channels_(channels), width_(width) {
    for (std::int64_t slice = 0; slice < slices; ++slice) {
      std::int64_t count = 0;
      for (std::int64_t i = 0; i < width; ++i) count += channels.keeps(slice * width + i) ? 1 : 0;
      kept_.push_back(count);
    }
  }

  std::int64_t kept(std::size_t slice) const { return kept_[slice]; }
  /// What each slice that stays has to keep: as much as the one that keeps most.
  std::int64_t needed(std::int64_t least) const {
    return std::max(std::ranges::max(kept_), std::min(least, width_));
  }
  /// Takes the lowest channels of the slice back until it keeps `count`. Whether it kept fewer.
  bool fill(std::size_t slice, std::int64_t count) const {
    std::int64_t missing = count - kept_[slice];
    const bool is_short = missing > 0;
    const std::int64_t first = static_cast<std::int64_t>(slice) * width_;
    for (std::int64_t i = 0; i < width_ && missing > 0; ++i) {
      if (channels_.take_back(first + i)) --missing;
    }
    return is_short;
  }

 private:
  const Decided& channels_;
  std::int64_t width_;
  std::vector<std::int64_t> kept_;
};

/// The slices of a grouped convolution stay of one size, in what they read and in what they
/// compute; those that keep nothing go. Takes back what would make them uneven; whether there was
/// any.
bool keep_slices_even(const Graph& graph, bool keeps_structure,
                      std::vector<GroupDecision>& decisions) {
  const std::int64_t least = keeps_structure ? 2 : 1;
  bool changed = false;
  for (const Node& node : graph.nodes) {
    const auto* conv = std::get_if<Conv2d>(&node.op);
    if (conv == nullptr || !is_grouped(*conv, graph.value(node.inputs[0]).shape[1])) continue;
    const InputSlices slices = input_slices(graph, node);
    const Decided read = decided(decisions, node.inputs[0]);
    const Decided computed = decided(decisions, node.outputs[0]);
    const SliceCounts inputs(read, slices.count, slices.depth);
    const SliceCounts outputs(computed, slices.count, slices.filters);
    std::int64_t missing = keeps_structure ? least : 0;
    const auto stays = [&](std::size_t slice) {
      return inputs.kept(slice) + outputs.kept(slice) > 0;
    };
    for (std::size_t slice = 0; slice < static_cast<std::size_t>(slices.count); ++slice) {
      if (stays(slice)) --missing;
    }
    for (std::size_t slice = 0; slice < static_cast<std::size_t>(slices.count); ++slice) {
      if (!stays(slice) && missing-- <= 0) continue;
      changed |= inputs.fill(slice, inputs.needed(least));
      changed |= outputs.fill(slice, outputs.needed(1));
    }
  }
  return changed;
}

/// Takes back channels, lowest first, in the last group that keeps too few. Whether there was one.
bool fill_last_short_group(const Graph& graph, bool keeps_structure,
                           std::vector<GroupDecision>& decisions) {
  for (auto decision = decisions.rbegin(); decision != decisions.rend(); ++decision) {
    const std::int64_t width = decision->group.width;
    const std::size_t least = std::min(least_width(graph, decision->group, keeps_structure),
                                       static_cast<std::size_t>(width));
    if (decision->keep.size() >= least) continue;
    for (std::int64_t c = 0; decision->keep.size() < least; ++c) take_back(c, decision->keep);
    return true;
  }
  return false;
}

/// Sees to it that no group keeps too few channels, that Gathers find what they select, that
/// concats join what they did, and that grouped convolutions stay even. From the end of the network
/// on, so that nothing is taken back that a Gather needs not.
void complete(const Graph& graph, const Analysis& analysis, bool keeps_structure,
              std::vector<GroupDecision>& decisions) {
  do {
    bool changed = true;
    while (changed) {
      changed = keep_what_is_selected(graph, analysis, decisions);
      changed |= keep_what_is_joined(graph, decisions);
      changed |= keep_slices_even(graph, keeps_structure, decisions);
    }
  } while (fill_last_short_group(graph, keeps_structure, decisions));
}

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

  /// Adds a layer's foldings, one for each slice of its inputs that loses constants.
  void add(NodeId id, std::vector<Folding>& foldings) const {
    const InputSlices slices = input_slices(graph_, graph_.node(id));
    for (std::int64_t slice = 0; slice < slices.count; ++slice) {
      Folding folding = plan(id, slice * slices.depth, (slice + 1) * slices.depth);
      if (!folding.removed.empty()) foldings.push_back(std::move(folding));
    }
  }

 private:
  /// Of the input channels from `first` to before `end`.
  Folding plan(NodeId id, std::int64_t first, std::int64_t end) const {
    const Node& layer = graph_.node(id);
    const Membership& inputs = of(layer.inputs[0]);
    const ChannelFacts& facts = facts_of(analysis_, layer.inputs[0]);
    Folding folding{.layer = id};
    for (std::int64_t c = first; c < end; ++c) {
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
      // No kept constant, so no kept filter reads the removed ones: they need not be folded.
      folding.removed.clear();
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
    for (const WeightAxis& axis : decision.group.consumers) planner.add(axis.node, foldings);
  }
  return foldings;
}

}  // namespace

bool PruningPlan::changes_anything() const {
  return std::ranges::any_of(decisions, [](const GroupDecision& decision) {
    return static_cast<std::int64_t>(decision.keep.size()) < decision.group.width;
  });
}

PruningPlan plan_pruning(const Graph& graph, const Analysis& analysis, const PlanLimits& limits) {
  PruningPlan plan;
  for (ChannelGroup& group : channel_groups(graph)) {
    if (limits.fixed.contains(group.name)) {
      group.removable = false;
      group.why_not = "to be left alone";
    }
    plan.decisions.push_back(decide(graph, analysis, std::move(group)));
  }
  complete(graph, analysis, limits.keeps_structure, plan.decisions);
  plan.foldings = plan_foldings(graph, analysis, plan.decisions);
  return plan;
}

}  // namespace ockham::converters
