#include "converters/pruning/pruning_plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "converters/channels/convolutions.h"
#include "converters/pruning/carriers.h"

namespace ockham::converters {
namespace {

/// Flags of every channel of every group.
using GroupFlags = std::vector<std::vector<bool>>;

/// Whether nothing is lost when the channel goes: it is dead in all activations that have it.
GroupFlags removable_channels(const Graph& graph, const ChannelStructure& channels,
                              const Analysis& analysis, const PlanLimits& limits) {
  GroupFlags removable;
  for (const ChannelGroup& group : channels.groups()) {
    const bool may_go = group.removable && !limits.fixed.contains(group.name);
    removable.emplace_back(static_cast<std::size_t>(group.width), may_go);
  }
  for (ValueId value = 0; value < static_cast<ValueId>(graph.values.size()); ++value) {
    const std::vector<ChannelId>& ids = channels.of(value).ids;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (is_dead(facts_of(analysis, value), static_cast<std::int64_t>(i))) continue;
      removable[static_cast<std::size_t>(ids[i].group)][static_cast<std::size_t>(ids[i].channel)] =
          false;
    }
  }
  return removable;
}

/// Every group's own decision, which may still be to keep nothing; see `complete`.
ChannelDecisions decide(const Graph& graph, Channels channels, const Analysis& analysis,
                        const PlanLimits& limits) {
  const GroupFlags removable = removable_channels(graph, *channels, analysis, limits);
  ChannelDecisions decisions{.channels = channels, .groups = {}};
  for (const std::vector<bool>& flags : removable) {
    GroupDecision& decision = decisions.groups.emplace_back();
    for (std::size_t c = 0; c < flags.size(); ++c) {
      if (!flags[c]) decision.keep.push_back(static_cast<std::int64_t>(c));
    }
  }
  for (const ChannelId& carrier : choose_carriers(graph, analysis, *channels, removable)) {
    GroupDecision& decision = decisions.decision(carrier);
    decision.take_back(carrier.channel);
    decision.carriers.push_back(carrier.channel);
  }
  for (GroupDecision& decision : decisions.groups) std::ranges::sort(decision.carriers);
  return decisions;
}

bool take_back(ChannelDecisions& decisions, ValueId value, std::int64_t channel) {
  const ChannelId& id = decisions.id(value, channel);
  return decisions.decision(id).take_back(id.channel);
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
                           ChannelDecisions& decisions) {
  bool changed = false;
  for (const Node& node : graph.nodes) {
    const auto* gather = std::get_if<Gather>(&node.op);
    if (gather == nullptr) continue;
    const ChannelFacts& facts = facts_of(analysis, node.outputs[0]);
    for (const std::int64_t k : decisions.kept(node.outputs[0])) {
      const auto output = static_cast<std::size_t>(k);
      if (can_be_zero(facts, output)) continue;
      changed |= take_back(decisions, node.inputs[0], gather->indices[output]);
    }
  }
  return changed;
}

/// What is kept of the channels that each slice of a grouped convolution reads, or computes.
class SliceCounts {
 public:
  SliceCounts(ChannelDecisions& decisions, ValueId value, std::int64_t slices, std::int64_t width)
      : decisions_(decisions), value_(value), width_(width) {
    for (std::int64_t slice = 0; slice < slices; ++slice) {
      std::int64_t count = 0;
      for (std::int64_t i = 0; i < width; ++i) {
        count += decisions.keeps(value, slice * width + i) ? 1 : 0;
      }
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
      if (take_back(decisions_, value_, first + i)) --missing;
    }
    return is_short;
  }

 private:
  ChannelDecisions& decisions_;
  ValueId value_;
  std::int64_t width_;
  std::vector<std::int64_t> kept_;
};

/// The slices of a grouped convolution stay of one size, in what they read and in what they
/// compute; those that keep nothing go. Takes back what would make them uneven; whether there was
/// any.
bool keep_slices_even(const Graph& graph, bool keeps_structure, ChannelDecisions& decisions) {
  const std::int64_t least = keeps_structure ? 2 : 1;
  bool changed = false;
  for (const Node& node : graph.nodes) {
    const auto* conv = std::get_if<Conv2d>(&node.op);
    if (conv == nullptr || !is_grouped(*conv, graph.value(node.inputs[0]).shape[1])) continue;
    const InputSlices slices = input_slices(graph, node);
    const SliceCounts inputs(decisions, node.inputs[0], slices.count, slices.depth);
    const SliceCounts outputs(decisions, node.outputs[0], slices.count, slices.filters);
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

/// How many channels each activation keeps at least: one, but two where a depthwise convolution
/// with several filters for each reads it: with one channel it would be an ordinary convolution,
/// and a second conversion would find more to remove. See PlanLimits for `keeps_structure`.
std::vector<std::int64_t> least_widths(const Graph& graph, bool keeps_structure) {
  std::vector<std::int64_t> least(graph.values.size(), 1);
  const auto wants_two = [&](ValueId value) {
    least[static_cast<std::size_t>(value)] =
        std::min<std::int64_t>(2, channel_count(graph.value(value).shape));
  };
  for (const Node& node : graph.nodes) {
    if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
      const std::int64_t channels = graph.value(node.inputs[0]).shape[1];
      const bool multiplies = graph.value(node.inputs[1]).shape[0] > channels;
      if (is_depthwise(*conv, channels) && (multiplies || keeps_structure)) {
        wants_two(node.inputs[0]);
      }
    }
    const bool repeats = std::holds_alternative<Binary>(node.op) &&
                         std::ranges::any_of(node.inputs, [&](ValueId input) {
                           const Value& value = graph.value(input);
                           return !value.is_constant && channel_count(value.shape) == 1;
                         });
    if (repeats && keeps_structure) wants_two(node.outputs[0]);
  }
  return least;
}

/// Sees to it that everything keeps enough channels.
class Filling {
 public:
  Filling(const Graph& graph, bool keeps_structure, ChannelDecisions& decisions)
      : least_(least_widths(graph, keeps_structure)),
        keeps_groups_(keeps_structure),
        decisions_(decisions) {}

  /// Takes back channels, lowest first, where the last group that needs some keeps too few. Whether
  /// there was one.
  bool fill_last_short_group() {
    const std::vector<std::int64_t> kept = kept_widths();
    for (std::size_t g = decisions_.groups.size(); g-- > 0;) {
      if (keeps_groups_ && decisions_.groups[g].keep.empty()) {
        return decisions_.groups[g].take_back(0);
      }
      for (const CarriedValue& carried : decisions_.group(g).values) {
        const auto value = static_cast<std::size_t>(carried.value);
        if (kept[value] >= least_[value]) continue;
        fill(carried.value, least_[value] - kept[value]);
        return true;
      }
    }
    return false;
  }

 private:
  /// What each activation keeps.
  std::vector<std::int64_t> kept_widths() const {
    std::vector<std::int64_t> kept(least_.size(), 0);
    for (std::size_t g = 0; g < decisions_.groups.size(); ++g) {
      for (const CarriedValue& carried : decisions_.group(g).values) {
        kept[static_cast<std::size_t>(carried.value)] +=
            std::ssize(decisions_.groups[g].keep) * carried.block;
      }
    }
    return kept;
  }

  void fill(ValueId value, std::int64_t missing) {
    for (const ChannelId& id : decisions_.channels->of(value).ids) {
      if (missing <= 0) return;
      if (!decisions_.decision(id).take_back(id.channel)) continue;
      missing -= decisions_.group(static_cast<std::size_t>(id.group)).in(value).block;
    }
  }

  std::vector<std::int64_t> least_;  ///< of each activation
  bool keeps_groups_;
  ChannelDecisions& decisions_;
};

/// Takes channels back until the decisions fit together: Gathers find what they pick, the groups of
/// a grouped convolution are of one size, and no activation keeps too few. Activations that keep
/// too few are filled one by one from the end of the network on: what is taken back behind a Gather
/// brings a channel in front of it along, which then needs no filling of its own.
void complete(const Graph& graph, const Analysis& analysis, bool keeps_structure,
              ChannelDecisions& decisions) {
  Filling filling(graph, keeps_structure, decisions);
  do {
    bool changed = true;
    while (changed) {
      changed = keep_what_is_selected(graph, analysis, decisions);
      changed |= keep_slices_even(graph, keeps_structure, decisions);
    }
  } while (filling.fill_last_short_group());
}

/// Plans where the constants among a layer's removed inputs go.
class FoldingPlanner {
 public:
  FoldingPlanner(const Graph& graph, const Analysis& analysis, const ChannelDecisions& decisions)
      : graph_(graph), analysis_(analysis), decisions_(decisions) {}

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
    const ChannelFacts& facts = facts_of(analysis_, layer.inputs[0]);
    Folding folding{.layer = id};
    for (std::int64_t c = first; c < end; ++c) {
      const double constant = nonzero_constant(facts, c);
      if (constant == 0.0) continue;
      if (decisions_.keeps(layer.inputs[0], c)) {
        prefer_carrier(folding, {c, constant});
      } else if (is_read_by_kept(layer, c)) {
        folding.removed.push_back({c, constant});
      }
    }
    return routed(layer, std::move(folding));
  }

  bool is_read_by_kept(const Node& layer, std::int64_t channel) const {
    const std::int64_t filters = channel_count(graph_.value(layer.outputs[0]).shape);
    for (std::int64_t f = 0; f < filters; ++f) {
      if (decisions_.keeps(layer.outputs[0], f) && reads(graph_, layer, f, channel)) return true;
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
      // choose_carriers keeps a constant wherever a filter that matters reads one. There is none,
      // so nothing is lost with those that go.
      folding.removed.clear();
    }
    return folding;
  }

  const Graph& graph_;
  const Analysis& analysis_;
  const ChannelDecisions& decisions_;
};

std::vector<Folding> plan_foldings(const Graph& graph, const Analysis& analysis,
                                   const ChannelDecisions& decisions) {
  const FoldingPlanner planner(graph, analysis, decisions);
  std::vector<Folding> foldings;
  std::set<NodeId> planned;
  for (const ChannelGroup& group : decisions.channels->groups()) {
    for (const WeightAxis& axis : group.consumers) {
      if (planned.insert(axis.node).second) planner.add(axis.node, foldings);
    }
  }
  return foldings;
}

}  // namespace

bool PruningPlan::changes_anything() const {
  for (std::size_t g = 0; g < decisions.groups.size(); ++g) {
    if (std::ssize(decisions.groups[g].keep) < decisions.group(g).width) return true;
  }
  return false;
}

PruningPlan plan_pruning(const Graph& graph, Channels channels, const Analysis& analysis,
                         const PlanLimits& limits) {
  PruningPlan plan;
  plan.decisions = decide(graph, std::move(channels), analysis, limits);
  complete(graph, analysis, limits.keeps_structure, plan.decisions);
  plan.foldings = plan_foldings(graph, analysis, plan.decisions);
  return plan;
}

}  // namespace ockham::converters
