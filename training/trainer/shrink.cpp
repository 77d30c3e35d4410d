#include "training/trainer/shrink.h"

#include <algorithm>
#include <iterator>

#include "converters/channels/channel_facts.h"
#include "converters/pruning/gather_scales.h"
#include "converters/pruning/pruning_plan.h"
#include "converters/pruning/select_inputs.h"

namespace ockham::training {
namespace {

using converters::ChannelGroup;
using converters::Compacted;
using converters::WeightAxis;

std::vector<std::int64_t> range(std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) indices[static_cast<std::size_t>(i)] = i;
  return indices;
}

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

/// Sets the given channels of one constant to zero.
void zero_channels(Graph& graph, const WeightAxis& axis,
                   const std::vector<std::int64_t>& channels) {
  const Value& value = graph.value(axis.constant);
  std::vector<float> elements(value.constant.floats.begin(), value.constant.floats.end());
  const AxisExtents extents = extents_around(value.shape, axis.axis);
  const std::int64_t run = axis.block * extents.inner;
  for (std::int64_t outer = 0; outer < extents.outer; ++outer) {
    for (const std::int64_t channel : channels) {
      const std::int64_t first = outer * extents.extent * extents.inner + channel * run;
      std::fill_n(elements.begin() + first, run, 0.0f);
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

void zero_channels(Graph& graph, const ChannelGroup& group,
                   const std::vector<std::int64_t>& channels) {
  for (const auto* axes : {&group.producers, &group.carriers, &group.consumers}) {
    for (const WeightAxis& axis : *axes) zero_channels(graph, axis, channels);
  }
  for (const converters::GatherAxis& gather : group.gathers) {
    const std::vector<std::int64_t> outputs = picked_from(graph, gather, channels);
    for (const WeightAxis& axis : converters::gather_factors(graph, gather.node)) {
      zero_channels(graph, axis, outputs);
    }
  }
}

/// Copies `from` (row-major, extents = number of indices per axis) to the indexed places of `to`.
void scatter_elements(std::span<const float> from,
                      const std::vector<std::vector<std::int64_t>>& indices, const Shape& to_shape,
                      std::vector<float>& to) {
  std::vector<std::size_t> position(indices.size(), 0);
  for (const float element : from) {
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
}

/// A group beside a concat has no weights on one side, and training could not gate it.
bool is_between_layers(const ChannelGroup& group) {
  return (!group.producers.empty() || !group.selectors.empty()) &&
         (!group.consumers.empty() || !group.gathers.empty());
}

/// What was kept of each axis is as long as the compact constant.
void check_sizes(const std::string& name, const std::vector<std::vector<std::int64_t>>& indices,
                 const Shape& compact) {
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    if (std::ssize(indices[axis]) == compact[static_cast<int>(axis)]) continue;
    throw Error(Status::kInternal, "constant '" + name + "' of the compact network has shape " +
                                       compact.text() + ", its channels say otherwise");
  }
}

/// An axis of a constant that tells which channels a group has, or null.
const WeightAxis* first_axis(const ChannelGroup& group) {
  for (const auto* axes : {&group.producers, &group.consumers, &group.carriers}) {
    if (!axes->empty()) return &axes->front();
  }
  return nullptr;
}

}  // namespace

Graph training_form(Graph graph) {
  return converters::expose_scales(converters::expose_inputs(std::move(graph)));
}

Graph plain_network(Graph graph) {
  converters::drop_unit_scales(graph);
  converters::drop_identity_gathers(graph);
  return graph;
}

std::vector<ChannelGroup> removable_groups(const Graph& graph) {
  std::vector<ChannelGroup> groups = converters::channel_groups(graph);
  std::erase_if(groups, [](const ChannelGroup& group) {
    return !group.removable || !is_between_layers(group) || first_axis(group) == nullptr;
  });
  return groups;
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
  for (const ChannelGroup& group : removable_groups(graph)) all[group.name] = range(group.width);
  return all;
}

Compacted keep_channels(const Graph& graph, const KeptChannels& keep) {
  Graph masked = graph;
  std::set<std::string> fixed;
  for (const ChannelGroup& group : removable_groups(graph)) {
    if (!keep.contains(group.name)) {
      fixed.insert(group.name);
      continue;
    }
    const std::vector<std::int64_t> every = range(group.width);
    std::vector<std::int64_t> removed;
    std::ranges::set_difference(every, keep.at(group.name), std::back_inserter(removed));
    zero_channels(masked, group, removed);
  }
  return converters::compact(masked,
                             converters::plan_pruning(masked, converters::analyse(masked), fixed));
}

std::map<std::string, std::vector<std::vector<std::int64_t>>> kept_indices(
    const Compacted& compacted) {
  std::map<std::string, std::vector<std::vector<std::int64_t>>> indices;
  for (const auto& kept : compacted.kept) indices[kept.constant] = kept.axes;
  return indices;
}

KeptChannels kept_channels(const Graph& graph, const Compacted& compacted) {
  const auto indices = kept_indices(compacted);
  KeptChannels kept;
  for (const ChannelGroup& group : removable_groups(graph)) {
    const WeightAxis& first = *first_axis(group);
    const auto& kept_axis =
        indices.at(graph.value(first.constant).name)[static_cast<std::size_t>(first.axis)];
    std::vector<std::int64_t>& channels = kept[group.name];
    for (std::size_t k = 0; k < kept_axis.size(); k += static_cast<std::size_t>(first.block)) {
      channels.push_back(kept_axis[k] / first.block);
    }
  }
  return kept;
}

KeptChannels compose(const KeptChannels& outer, const KeptChannels& inner) {
  KeptChannels composed;
  for (const auto& [name, channels] : inner) {
    if (!outer.contains(name)) continue;
    for (const std::int64_t channel : channels) {
      composed[name].push_back(outer.at(name)[static_cast<std::size_t>(channel)]);
    }
  }
  return composed;
}

Graph with_ones(Graph graph) {
  for (Value& value : graph.values) {
    if (value.is_constant) {
      value.constant = own(std::vector<float>(value.constant.floats.size(), 1.0f));
    }
  }
  return graph;
}

Graph scatter(const Graph& dense, const Graph& compact, const KeptChannels& keep) {
  const auto indices = kept_indices(keep_channels(with_ones(dense), keep));
  Graph masked = dense;
  for (Value& value : masked.values) {
    if (!value.is_constant) continue;
    const Value& small = compact.value(compact.find_value(value.name));
    check_sizes(value.name, indices.at(value.name), small.shape);
    std::vector<float> elements(value.constant.floats.size(), 0.0f);
    scatter_elements(small.constant.floats, indices.at(value.name), value.shape, elements);
    value.constant = own(std::move(elements));
  }
  return masked;
}

}  // namespace ockham::training
