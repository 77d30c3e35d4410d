#include "converters/pruning/carriers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

/// A channel this much smaller than the constants it must carry would need weights this much
/// larger.
constexpr double kLeastCarrier = 1e-3;

/// Whether a filter whose output matters reads this input channel.
bool is_read(const Graph& graph, const Analysis& analysis, const Node& layer,
             std::int64_t channel) {
  const ChannelFacts& output = facts_of(analysis, layer.outputs[0]);
  for (std::int64_t f = 0; f < static_cast<std::int64_t>(output.used.size()); ++f) {
    if (!is_dead(output, f) && reads(graph, layer, f, channel)) return true;
  }
  return false;
}

/// Chooses the carriers, layer by layer.
class CarrierChoice {
 public:
  CarrierChoice(const Graph& graph, const Analysis& analysis, const ChannelStructure& channels,
                const std::vector<std::vector<bool>>& removable)
      : graph_(graph), analysis_(analysis), channels_(channels), goes_(removable) {}

  /// For what a layer reads: one for each slice that needs one.
  void add_for(const Node& layer) {
    if (!reads_through_padding(graph_, layer)) return;
    const InputSlices slices = input_slices(graph_, layer);
    for (std::int64_t slice = 0; slice < slices.count; ++slice) {
      add_for(layer, slice * slices.depth, (slice + 1) * slices.depth);
    }
  }

  std::vector<ChannelId> carriers() && { return std::move(carriers_); }

 private:
  /// For the channels from `first` to before `end`.
  void add_for(const Node& layer, std::int64_t first, std::int64_t end) {
    const ValueId value = layer.inputs[0];
    const ChannelFacts& input = facts_of(analysis_, value);
    const auto goes = [&](std::int64_t c) { return this->goes(value, c); };
    const std::int64_t lost = largest_constant(input, first, end, [&](std::int64_t c) {
      return goes(c) && is_read(graph_, analysis_, layer, c);
    });
    if (lost < 0) return;
    const double least = kLeastCarrier * std::abs(nonzero_constant(input, lost));
    const auto can_carry = [&](std::int64_t c) {
      return c >= 0 && std::abs(nonzero_constant(input, c)) >= least;
    };
    if (can_carry(largest_constant(input, first, end, [&](auto c) { return !goes(c); }))) return;
    // The largest of all, read or not, so that layers which read different ones agree.
    std::int64_t carrier = largest_constant(
        input, first, end, [&](auto c) { return goes(c) && stays_for_free(id(value, c)); });
    if (!can_carry(carrier)) carrier = largest_constant(input, first, end, goes);
    carriers_.push_back(id(value, carrier));
    goes_[static_cast<std::size_t>(carriers_.back().group)]
         [static_cast<std::size_t>(carriers_.back().channel)] = false;
  }

  const ChannelId& id(ValueId value, std::int64_t channel) const {
    return channels_.of(value).ids[static_cast<std::size_t>(channel)];
  }

  bool goes(ValueId value, std::int64_t channel) const {
    const ChannelId& one = id(value, channel);
    return goes_[static_cast<std::size_t>(one.group)][static_cast<std::size_t>(one.channel)];
  }

  /// Whether something of its size would stay in its place anyway: a group keeps one channel at
  /// least, and the slices of a grouped convolution keep as many each.
  bool stays_for_free(const ChannelId& channel) const {
    const auto& group_goes = goes_[static_cast<std::size_t>(channel.group)];
    return std::ranges::all_of(group_goes, std::identity()) || is_beside_staying(channel);
  }

  /// Whether the channel is computed by a grouped convolution, in a slice of which another stays
  /// anyway.
  bool is_beside_staying(const ChannelId& channel) const {
    const ChannelGroup& group = channels_.groups()[static_cast<std::size_t>(channel.group)];
    return std::ranges::any_of(group.producers, [&](const WeightAxis& axis) {
      const InputSlices slices = input_slices(graph_, graph_.node(axis.node));
      if (slices.count == 1) return false;
      const CarriedValue& places = group.in(axis.value);
      const auto filter = places.indices[static_cast<std::size_t>(channel.channel * places.block)];
      const std::int64_t first = filter / slices.filters * slices.filters;
      for (std::int64_t f = first; f < first + slices.filters; ++f) {
        if (!goes(axis.value, f)) return true;
      }
      return false;
    });
  }

  /// The input channel with the largest constant among those that `eligible` accepts, or -1.
  template <class Eligible>
  static std::int64_t largest_constant(const ChannelFacts& input, std::int64_t first,
                                       std::int64_t end, const Eligible& eligible) {
    std::int64_t best = -1;
    for (std::int64_t c = first; c < end; ++c) {
      const double size = std::abs(nonzero_constant(input, c));
      if (size == 0.0 || !eligible(c)) continue;
      if (best < 0 || size > std::abs(nonzero_constant(input, best))) best = c;
    }
    return best;
  }

  const Graph& graph_;
  const Analysis& analysis_;
  const ChannelStructure& channels_;
  std::vector<std::vector<bool>> goes_;  ///< by group and channel
  std::vector<ChannelId> carriers_;
};

}  // namespace

bool reads_through_padding(const Graph& graph, const Node& layer) {
  const auto* conv = std::get_if<Conv2d>(&layer.op);
  return conv != nullptr && reaches_padding(conv->window, graph.value(layer.inputs[0]).shape,
                                            graph.value(layer.outputs[0]).shape);
}

bool reads(const Graph& graph, const Node& layer, std::int64_t filter, std::int64_t channel) {
  const InputSlices slices = input_slices(graph, layer);
  if (!slices.reads(filter, channel)) return false;
  const Value& weight = graph.value(layer.inputs[1]);
  const std::int64_t taps = weight.shape.elements() / (weight.shape[0] * weight.shape[1]);
  const auto first =
      static_cast<std::size_t>((filter * slices.depth + channel % slices.depth) * taps);
  return std::ranges::any_of(weight.constant.floats.subspan(first, static_cast<std::size_t>(taps)),
                             [](float w) { return w != 0.0f; });
}

std::vector<ChannelId> choose_carriers(const Graph& graph, const Analysis& analysis,
                                       const ChannelStructure& channels,
                                       const std::vector<std::vector<bool>>& removable) {
  CarrierChoice choice(graph, analysis, channels, removable);
  for (const ChannelGroup& group : channels.groups()) {
    for (const WeightAxis& axis : group.consumers) choice.add_for(graph.node(axis.node));
  }
  return std::move(choice).carriers();
}

}  // namespace ockham::converters
