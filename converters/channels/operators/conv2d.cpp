#include <algorithm>

#include "converters/channels/channel_rules.h"
#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

/// The weights by which filter `f` reads channel `c` of its slice, and where that slice starts.
class Filters {
 public:
  Filters(const Conv2d& op, const NodeView& view)
      : elements_(view.elements(1)),
        count_(view.input_shape(1)[0]),
        depth_(view.input_shape(1)[1]),
        taps_(view.input_shape(1)[2] * view.input_shape(1)[3]),
        filters_per_group_(count_ / op.groups) {}

  std::int64_t count() const { return count_; }
  std::int64_t depth() const { return depth_; }
  std::int64_t channel(std::int64_t f, std::int64_t c) const {
    return f / filters_per_group_ * depth_ + c;
  }
  std::span<const float> taps(std::int64_t f, std::int64_t c) const {
    return elements_.subspan(static_cast<std::size_t>((f * depth_ + c) * taps_),
                             static_cast<std::size_t>(taps_));
  }

 private:
  std::span<const float> elements_;
  std::int64_t count_, depth_, taps_, filters_per_group_;
};

bool any_nonzero(std::span<const float> taps) {
  return std::ranges::any_of(taps, [](float w) { return w != 0.0f; });
}

/// What a channel adds to the filter's output if that is the same at every position.
std::optional<double> contribution(std::span<const float> taps, const std::optional<double>& input,
                                   bool padded) {
  if (!any_nonzero(taps)) return 0.0;
  if (!input) return std::nullopt;
  if (*input == 0.0) return 0.0;
  if (padded) return std::nullopt;  // at the border, zeros stand in for the constant
  double sum = 0.0;
  for (const float w : taps) sum += w;
  return sum * *input;
}

}  // namespace

ChannelConstants output_constants(const Conv2d& op, const NodeView& view) {
  const Filters filters(op, view);
  const std::span<const float> bias = view.elements(2);
  const bool padded = reaches_padding(op.window, view.input_shape(), view.output_shape());
  ChannelConstants constants;
  for (std::int64_t f = 0; f < filters.count(); ++f) {
    std::optional<double> sum = bias.empty() ? 0.0 : bias[static_cast<std::size_t>(f)];
    for (std::int64_t c = 0; c < filters.depth() && sum; ++c) {
      const auto channel = static_cast<std::size_t>(filters.channel(f, c));
      const auto added = contribution(filters.taps(f, c), view.input_constants()[channel], padded);
      sum = added ? known(*sum + *added) : std::nullopt;
    }
    constants.push_back(sum);
  }
  return constants;
}

std::vector<bool> used_inputs(const Conv2d& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t) {
  const Filters filters(op, view);
  std::vector<bool> used(static_cast<std::size_t>(view.input_shape()[1]), false);
  for (std::int64_t f = 0; f < filters.count(); ++f) {
    if (!needed[static_cast<std::size_t>(f)]) continue;
    for (std::int64_t c = 0; c < filters.depth(); ++c) {
      const auto channel = static_cast<std::size_t>(filters.channel(f, c));
      used[channel] = used[channel] || any_nonzero(filters.taps(f, c));
    }
  }
  return used;
}

// A depthwise convolution computes each channel from itself: it carries channels on, as batch norm
// does, and its filters go or stay with what produced the channel.
void couple(const Conv2d& op, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  const std::int64_t channels = graph.value(node.inputs[0]).shape[1];
  if (is_depthwise(op, channels)) {
    coupling.couple(node.inputs[0], node.outputs[0]);
    coupling.applies(id, 1);
    coupling.applies(id, 2);
    return;
  }
  coupling.produces(id, 1);
  coupling.produces(id, 2);
  coupling.consumes(id, 1);
}

}  // namespace ockham::converters
