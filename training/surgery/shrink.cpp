#include "training/surgery/shrink.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "converters/channels/channel_facts.h"
#include "converters/channels/convolutions.h"
#include "converters/pruning/gather_scales.h"
#include "converters/pruning/graph_edits.h"
#include "converters/pruning/group_decision.h"
#include "converters/pruning/moved_channels.h"
#include "converters/pruning/pruning_plan.h"
#include "converters/pruning/select_inputs.h"
#include "training/surgery/removable_groups.h"

namespace ockham::training {
namespace {

using converters::ChannelDecisions;
using converters::ChannelGroup;
using converters::Channels;
using converters::ChannelStructure;
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
void zero_sliced(const Graph& graph, const WeightAxis& axis,
                 const std::vector<std::int64_t>& channels, std::vector<float>& elements) {
  const Shape& shape = graph.value(axis.constant).shape;
  const auto slices = converters::input_slices(graph, graph.node(axis.node));
  const std::int64_t taps = shape.elements() / (shape[0] * slices.depth);
  for (const std::int64_t c : channels) {
    const std::int64_t first = c / slices.depth * slices.filters;
    for (std::int64_t f = first; f < first + slices.filters; ++f) {
      std::fill_n(elements.begin() + (f * slices.depth + c % slices.depth) * taps, taps, 0.0f);
    }
  }
}

/// Fills the given indices of one axis.
void fill_indices(const Shape& shape, int axis, const std::vector<std::int64_t>& indices,
                  float fill, std::vector<float>& elements) {
  const AxisExtents extents = extents_around(shape, axis);
  for (std::int64_t outer = 0; outer < extents.outer; ++outer) {
    for (const std::int64_t i : indices) {
      const std::int64_t first = (outer * extents.extent + i) * extents.inner;
      std::fill_n(elements.begin() + first, extents.inner, fill);
    }
  }
}

/// Changes the constant's elements by `change(elements)`.
template <class Change>
void change_constant(Graph& graph, ValueId constant, const Change& change) {
  const Value& value = graph.value(constant);
  std::vector<float> elements(value.constant.floats.begin(), value.constant.floats.end());
  change(elements);
  graph.set_constant(constant, value.shape, std::move(elements));
}

/// Zeros for what Gathers pick from channels that are not kept.
void zero_picked(Graph& graph, const ChannelDecisions& left) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const auto* gather = std::get_if<Gather>(&node.op);
    if (gather == nullptr) continue;
    std::vector<std::int64_t> outputs;
    for (std::int64_t k = 0; k < std::ssize(gather->indices); ++k) {
      const std::int64_t picked = gather->indices[static_cast<std::size_t>(k)];
      if (picked != Gather::kZero && !left.keeps(node.inputs[0], picked)) outputs.push_back(k);
    }
    if (outputs.empty()) continue;
    for (const auto& factor : converters::gather_factors(graph, static_cast<NodeId>(i))) {
      change_constant(graph, factor.constant, [&](std::vector<float>& elements) {
        fill_indices(graph.value(factor.constant).shape, factor.axis, outputs, 0.0f, elements);
      });
    }
  }
}

/// Zeros wherever channels that are not kept are computed or read.
void zero_channels(Graph& graph, const ChannelDecisions& left) {
  for (const WeightAxis& axis : left.channels->axes()) {
    const std::vector<std::int64_t> gone = left.removed(axis.value);
    if (gone.empty()) continue;
    change_constant(graph, axis.constant, [&](std::vector<float>& elements) {
      if (axis.slices > 1) return zero_sliced(graph, axis, gone, elements);
      fill_indices(graph.value(axis.constant).shape, axis.axis, gone, filler(graph, axis.constant),
                   elements);
    });
  }
  zero_picked(graph, left);
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

/// The channels that `keep` names, and all of the groups that it does not.
ChannelDecisions decisions_of(Channels channels, const KeptChannels& keep) {
  ChannelDecisions decisions{.channels = channels, .groups = {}};
  for (const ChannelGroup& group : channels->groups()) {
    const auto kept = keep.find(group.name);
    decisions.groups.push_back(
        {kept == keep.end() ? converters::all_indices(group.width) : kept->second, {}});
  }
  return decisions;
}

/// Names of all groups that `keep` does not name.
std::set<std::string> groups_not_in(const ChannelStructure& channels, const KeptChannels& keep) {
  std::set<std::string> names;
  for (const ChannelGroup& group : channels.groups()) {
    if (!keep.contains(group.name)) names.insert(group.name);
  }
  return names;
}

/// Leaves of `left` what `plan` keeps too; whether that is less.
bool leave_what_is_kept(const ChannelDecisions& plan, ChannelDecisions& left) {
  bool is_less = false;
  for (std::size_t g = 0; g < left.groups.size(); ++g) {
    is_less |= std::erase_if(left.groups[g].keep, [&](std::int64_t channel) {
                 return !plan.groups[g].keeps(channel);
               }) > 0;
  }
  return is_less;
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

KeptChannels all_channels(const Graph& graph, const ChannelStructure& channels) {
  KeptChannels all;
  for (const ChannelGroup& group : removable_groups(graph, channels)) {
    all[group.name] = converters::all_indices(group.width);
  }
  return all;
}

KeptChannels living_channels(const Graph& graph, const Channels& channels,
                             const KeptChannels& keep) {
  const converters::PlanLimits limits{.fixed = groups_not_in(*channels, keep),
                                      .keeps_structure = true};
  // What is zero already stays it, even where the plan takes a channel back.
  ChannelDecisions left = decisions_of(channels, keep);
  converters::PruningPlan plan;
  do {
    Graph masked = graph;
    zero_channels(masked, left);
    plan = converters::plan_pruning(masked, channels, converters::analyse(masked), limits);
  } while (leave_what_is_kept(plan.decisions, left));
  KeptChannels living;
  for (std::size_t g = 0; g < left.groups.size(); ++g) {
    const std::string& name = plan.decisions.group(g).name;
    if (keep.contains(name)) living[name] = plan.decisions.groups[g].keep;
  }
  return living;
}

Compacted select_channels(const Graph& graph, const Channels& channels,
                          const KeptChannels& living) {
  converters::PruningPlan plan;
  plan.decisions = decisions_of(channels, living);
  for (std::size_t g = 0; g < plan.decisions.groups.size(); ++g) {
    check_channels(plan.decisions.group(g), plan.decisions.groups[g].keep);
  }
  return converters::compact(graph, plan);
}

Graph without_dead_channels(const Graph& graph, const Channels& channels,
                            const std::set<std::string>& fixed) {
  const auto plan =
      converters::plan_pruning(graph, channels, converters::analyse(graph), {.fixed = fixed});
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

Graph scatter(const Graph& dense, const Channels& channels, const Graph& compact,
              const KeptChannels& kept) {
  const auto indices = kept_indices(select_channels(dense, channels, kept));
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
  zero_picked(masked, decisions_of(channels, kept));
  return masked;
}

}  // namespace ockham::training
