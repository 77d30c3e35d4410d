#include "training/trainer/shrink.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "converters/channels/channel_facts.h"
#include "converters/channels/convolutions.h"
#include "converters/channels/joined_groups.h"
#include "converters/pruning/gather_scales.h"
#include "converters/pruning/graph_edits.h"
#include "converters/pruning/group_decision.h"
#include "converters/pruning/moved_channels.h"
#include "converters/pruning/pruning_plan.h"
#include "converters/pruning/select_inputs.h"
#include "training/trainer/removable_groups.h"

namespace ockham::training {
namespace {

using converters::ChannelGroup;
using converters::Compacted;
using converters::WeightAxis;

/// Elements in front of, along and behind one axis of a row-major array.
struct AxisExtents {
  std::int64_t outer = 1, extent = 1, inner = 1;
};

AxisExtents extents_around(const Shape& shape, int axis) {
  AxisExtents extents;
  for (int i = 0; i < shape.rank(); ++i) {
    (i < axis ? extents.outer : i == axis ? extents.extent : extents.inner) *= shape[i];
  }
  return extents;
}

/// What a constant holds for channels that are gone: zeros, but ones where it divides.
float filler(const Graph& graph, ValueId constant) {
  return is_divisor(graph, constant) ? 1.0f : 0.0f;
}

/// Zeros for the weights by which a grouped convolution reads the given channels.
void zero_sliced(Graph& graph, const WeightAxis& axis, const std::vector<std::int64_t>& channels) {
  const Value& value = graph.value(axis.constant);
  const auto slices = converters::input_slices(graph, graph.node(axis.node));
  const std::int64_t taps = value.shape.elements() / (value.shape[0] * slices.depth);
  std::vector<float> elements(value.constant.floats.begin(), value.constant.floats.end());
  for (const std::int64_t c : converters::expand(channels, axis.block)) {
    const std::int64_t first = c / slices.depth * slices.filters;
    for (std::int64_t f = first; f < first + slices.filters; ++f) {
      std::fill_n(elements.begin() + (f * slices.depth + c % slices.depth) * taps, taps, 0.0f);
    }
  }
  graph.set_constant(axis.constant, value.shape, std::move(elements));
}

/// Fills the given channels of one constant.
void zero_channels(Graph& graph, const WeightAxis& axis,
                   const std::vector<std::int64_t>& channels) {
  if (axis.slices > 1) return zero_sliced(graph, axis, channels);
  const Value& value = graph.value(axis.constant);
  std::vector<float> elements(value.constant.floats.begin(), value.constant.floats.end());
  const AxisExtents extents = extents_around(value.shape, axis.axis);
  const std::int64_t run = axis.block * extents.inner;
  const float fill = filler(graph, axis.constant);
  for (std::int64_t outer = 0; outer < extents.outer; ++outer) {
    for (const std::int64_t channel : channels) {
      const std::int64_t first = outer * extents.extent * extents.inner + channel * run;
      std::fill_n(elements.begin() + first, run, fill);
    }
  }
  graph.set_constant(axis.constant, value.shape, std::move(elements));
}

/// The outputs of a Gather that are picked from the given channels of its group.
std::vector<std::int64_t> picked_from(const Graph& graph, const converters::GatherAxis& gather,
                                      const std::vector<std::int64_t>& channels) {
  const std::vector<std::int64_t>& indices = std::get<Gather>(graph.node(gather.node).op).indices;
  std::vector<std::int64_t> outputs;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    if (indices[k] == Gather::kZero) continue;
    const bool is_among = std::ranges::find(channels, indices[k] / gather.block) != channels.end();
    if (is_among) outputs.push_back(static_cast<std::int64_t>(k));
  }
  return outputs;
}

/// Zeros for what Gathers pick from the given channels.
void zero_picked(Graph& graph, const ChannelGroup& group,
                 const std::vector<std::int64_t>& channels) {
  for (const converters::GatherAxis& gather : group.gathers) {
    const std::vector<std::int64_t> outputs = picked_from(graph, gather, channels);
    for (const WeightAxis& axis : converters::gather_factors(graph, gather.node)) {
      zero_channels(graph, axis, outputs);
    }
  }
}

void zero_channels(Graph& graph, const ChannelGroup& group,
                   const std::vector<std::int64_t>& channels) {
  for (const auto* axes : {&group.producers, &group.carriers, &group.consumers}) {
    for (const WeightAxis& axis : *axes) zero_channels(graph, axis, channels);
  }
  zero_picked(graph, group, channels);
}

/// Copies `from` (row-major, extents = number of indices per axis) to the indexed places of `to`;
/// returns what of `from` is left.
std::span<const float> scatter_elements(std::span<const float> from,
                                        const converters::IndicesPerAxis& indices,
                                        const Shape& to_shape, std::vector<float>& to) {
  std::size_t count = 1;
  for (const auto& axis : indices) count *= axis.size();
  std::vector<std::size_t> position(indices.size(), 0);
  for (const float element : from.first(count)) {
    std::int64_t offset = 0;
    for (std::size_t axis = 0; axis < indices.size(); ++axis) {
      offset = offset * to_shape[static_cast<int>(axis)] + indices[axis][position[axis]];
    }
    to[static_cast<std::size_t>(offset)] = element;
    for (std::size_t axis = indices.size(); axis-- > 0;) {
      if (++position[axis] < indices[axis].size()) break;
      position[axis] = 0;
    }
  }
  return from.subspan(count);
}

/// The channels of a joined group that are not those of a group which loses them.
std::vector<std::int64_t> channels_of_parts(const converters::JoinedGroup& joined,
                                            const KeptChannels& keep) {
  std::vector<std::int64_t> channels;
  std::int64_t first = 0;
  for (const converters::JoinedPart& part : joined.parts) {
    const auto kept = keep.find(part.group);
    const std::vector<std::int64_t> of_part =
        kept == keep.end() ? converters::all_indices(part.width) : kept->second;
    for (const std::int64_t channel : converters::expand(of_part, part.block)) {
      channels.push_back(first + channel);
    }
    first += part.width * part.block;
  }
  return channels;
}

/// `keep` and, for each joined group with parts that it names, what is left of those parts.
KeptChannels with_joined(const Graph& graph, KeptChannels keep) {
  for (const converters::JoinedGroup& joined : converters::joined_groups(graph)) {
    const bool is_concerned = std::ranges::any_of(
        joined.parts,
        [&](const converters::JoinedPart& part) { return keep.contains(part.group); });
    if (!is_concerned) continue;
    const std::vector<std::int64_t> left = channels_of_parts(joined, keep);
    const auto [known, is_new] = keep.emplace(joined.group.name, left);
    if (is_new) continue;
    std::vector<std::int64_t> both;
    std::ranges::set_intersection(known->second, left, std::back_inserter(both));
    known->second = std::move(both);
  }
  return keep;
}

/// What was kept of each axis is as long as the compact constant.
void check_sizes(const std::string& name, const std::vector<converters::IndicesPerAxis>& parts,
                 const Shape& compact) {
  std::int64_t rows = 0;
  bool fits = true;
  for (const converters::IndicesPerAxis& part : parts) {
    if (!part.empty()) rows += std::ssize(part[0]);
    for (std::size_t axis = 1; axis < part.size(); ++axis) {
      fits &= std::ssize(part[axis]) == compact[static_cast<int>(axis)];
    }
  }
  if (compact.rank() > 0) fits &= rows == compact[0];
  if (!fits) {
    throw Error(Status::kInternal, "constant '" + name + "' of the compact network has shape " +
                                       compact.text() + ", its channels say otherwise");
  }
}

/// Names of all groups that `keep` does not name.
std::set<std::string> groups_not_in(const Graph& graph, const KeptChannels& keep) {
  std::set<std::string> names;
  for (const ChannelGroup& group : converters::channel_groups(graph)) {
    if (!keep.contains(group.name)) names.insert(group.name);
  }
  return names;
}

/// Adds what is not kept to what is gone; whether anything was not gone before.
bool note_gone(const ChannelGroup& group, const std::vector<std::int64_t>& keep,
               std::vector<std::int64_t>& gone) {
  std::vector<std::int64_t> all_gone;
  std::ranges::set_union(gone, converters::channels_but(keep, group.width),
                         std::back_inserter(all_gone));
  const bool is_more = all_gone.size() > gone.size();
  gone = std::move(all_gone);
  return is_more;
}

void check_channels(const ChannelGroup& group, const std::vector<std::int64_t>& keep) {
  const bool is_ascending =
      std::ranges::adjacent_find(keep, std::ranges::greater_equal{}) == keep.end();
  if (!keep.empty() && is_ascending && keep.front() >= 0 && keep.back() < group.width) return;
  throw std::invalid_argument("the kept channels of '" + group.name +
                              "' are no ascending numbers from 0 to " +
                              std::to_string(group.width - 1));
}

}  // namespace

Graph training_form(Graph graph) {
  graph = converters::gather_moved_channels(std::move(graph));
  return converters::expose_scales(converters::expose_inputs(std::move(graph)));
}

Graph plain_network(Graph graph) {
  converters::drop_unit_scales(graph);
  converters::drop_identity_gathers(graph);
  return graph;
}

std::vector<std::int64_t> channels_above(const std::vector<double>& relevance, double cut) {
  std::vector<std::int64_t> keep;
  for (std::size_t c = 0; c < relevance.size(); ++c) {
    if (relevance[c] >= cut) keep.push_back(static_cast<std::int64_t>(c));
  }
  if (keep.empty()) keep.push_back(std::ranges::max_element(relevance) - relevance.begin());
  return keep;
}

KeptChannels all_channels(const Graph& graph) {
  KeptChannels all;
  for (const ChannelGroup& group : removable_groups(graph))
    all[group.name] = converters::all_indices(group.width);
  return with_joined(graph, std::move(all));
}

KeptChannels living_channels(const Graph& graph, const KeptChannels& keep_of_groups) {
  const KeptChannels keep = with_joined(graph, keep_of_groups);
  std::vector<ChannelGroup> groups = converters::channel_groups(graph);
  std::erase_if(groups, [&](const auto& group) { return !keep.contains(group.name); });
  const converters::PlanLimits limits{.fixed = groups_not_in(graph, keep), .keeps_structure = true};
  std::map<std::string, std::vector<std::int64_t>> gone;
  const auto note_all_gone = [&](const KeptChannels& living) {
    bool is_more = false;
    for (const auto& group : groups) {
      is_more |= note_gone(group, living.at(group.name), gone[group.name]);
    }
    return is_more;
  };
  KeptChannels living = keep;
  note_all_gone(living);
  do {
    Graph masked = graph;
    for (const auto& group : groups) zero_channels(masked, group, gone.at(group.name));
    const auto plan = converters::plan_pruning(masked, converters::analyse(masked), limits);
    for (const converters::GroupDecision& decision : plan.decisions) {
      if (keep.contains(decision.group.name)) living[decision.group.name] = decision.keep;
    }
  } while (note_all_gone(living));
  return living;
}

Compacted select_channels(const Graph& graph, const KeptChannels& living) {
  converters::PruningPlan plan;
  for (ChannelGroup& group : converters::channel_groups(graph)) {
    const auto kept = living.find(group.name);
    std::vector<std::int64_t> keep =
        kept == living.end() ? converters::all_indices(group.width) : kept->second;
    check_channels(group, keep);
    plan.decisions.push_back({.group = std::move(group), .keep = std::move(keep), .carriers = {}});
  }
  return converters::compact(graph, plan);
}

Graph without_dead_channels(const Graph& graph, const std::set<std::string>& fixed) {
  const auto plan = converters::plan_pruning(graph, converters::analyse(graph), {.fixed = fixed});
  return converters::compact(graph, plan).graph;
}

std::map<std::string, std::vector<converters::IndicesPerAxis>> kept_indices(
    const Compacted& compacted) {
  std::map<std::string, std::vector<converters::IndicesPerAxis>> indices;
  for (const auto& kept : compacted.kept) indices[kept.constant] = kept.parts;
  return indices;
}

KeptChannels compose(const KeptChannels& outer, const KeptChannels& inner) {
  KeptChannels composed = outer;
  for (const auto& [name, channels] : inner) {
    if (!outer.contains(name)) continue;
    composed[name].clear();
    for (const std::int64_t channel : channels) {
      composed[name].push_back(outer.at(name)[static_cast<std::size_t>(channel)]);
    }
  }
  return composed;
}

Graph scatter(const Graph& dense, const Graph& compact, const KeptChannels& kept) {
  const auto indices = kept_indices(select_channels(dense, kept));
  Graph masked = dense;
  for (ValueId id = 0; id < static_cast<ValueId>(masked.values.size()); ++id) {
    Value& value = masked.values[static_cast<std::size_t>(id)];
    if (!value.is_constant) continue;
    const Value& small = compact.value(compact.find_value(value.name));
    check_sizes(value.name, indices.at(value.name), small.shape);
    std::vector<float> elements(value.constant.floats.size(), filler(dense, id));
    std::span<const float> left = small.constant.floats;
    for (const auto& part : indices.at(value.name)) {
      left = scatter_elements(left, part, value.shape, elements);
    }
    value.constant = own(std::move(elements));
  }
  // Where the small network's Gathers give zeros, masked channels need not be zero: a border or a
  // function may have made another number of them.
  for (const ChannelGroup& group : converters::channel_groups(dense)) {
    const auto left = kept.find(group.name);
    if (left == kept.end()) continue;
    zero_picked(masked, group, converters::channels_but(left->second, group.width));
  }
  return masked;
}

}  // namespace ockham::training
