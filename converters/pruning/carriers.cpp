#include "converters/pruning/carriers.h"

#include <algorithm>
#include <cmath>

#include "converters/channels/convolutions.h"
#include "converters/pruning/group_view.h"

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

/// The input channel with the largest constant among those that `eligible` accepts, or -1.
template <class Eligible>
std::int64_t largest_constant(const ChannelFacts& input, const Eligible& eligible) {
  std::int64_t best = -1;
  for (std::int64_t c = 0; c < static_cast<std::int64_t>(input.constant.size()); ++c) {
    const double size = std::abs(nonzero_constant(input, c));
    if (size == 0.0 || !eligible(c)) continue;
    if (best < 0 || size > std::abs(nonzero_constant(input, best))) best = c;
  }
  return best;
}

}  // namespace

bool reads_through_padding(const Graph& graph, const Node& layer) {
  const auto* conv = std::get_if<Conv2d>(&layer.op);
  return conv != nullptr && reaches_padding(conv->window, graph.value(layer.inputs[0]).shape,
                                            graph.value(layer.outputs[0]).shape);
}

bool reads(const Graph& graph, const Node& layer, std::int64_t filter, std::int64_t channel) {
  const Value& weight = graph.value(layer.inputs[1]);
  const std::int64_t taps = weight.shape.elements() / (weight.shape[0] * weight.shape[1]);
  const auto first = static_cast<std::size_t>((filter * weight.shape[1] + channel) * taps);
  return std::ranges::any_of(weight.constant.floats.subspan(first, static_cast<std::size_t>(taps)),
                             [](float w) { return w != 0.0f; });
}

std::vector<std::int64_t> choose_carriers(const Graph& graph, const Analysis& analysis,
                                          const ChannelGroup& group,
                                          const std::vector<bool>& removable) {
  std::vector<bool> goes = removable;
  std::vector<std::int64_t> carriers;
  for (const WeightAxis& axis : group.consumers) {
    const Node& layer = graph.node(axis.node);
    if (!reads_through_padding(graph, layer)) continue;
    const ChannelFacts& input = facts_of(analysis, layer.inputs[0]);
    const auto channel_goes = [&](std::int64_t c) {
      return goes[static_cast<std::size_t>(c / axis.block)];
    };
    const std::int64_t lost = largest_constant(input, [&](std::int64_t c) {
      return channel_goes(c) && is_read(graph, analysis, layer, c);
    });
    if (lost < 0) continue;
    const std::int64_t kept =
        largest_constant(input, [&](std::int64_t c) { return !channel_goes(c); });
    const double least = kLeastCarrier * std::abs(nonzero_constant(input, lost));
    if (kept >= 0 && std::abs(nonzero_constant(input, kept)) >= least) continue;
    goes[static_cast<std::size_t>(lost / axis.block)] = false;
    carriers.push_back(lost / axis.block);
  }
  std::ranges::sort(carriers);
  return carriers;
}

}  // namespace ockham::converters
