// What the channel analysis asks about convolutions and windows.
#pragma once

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// Channels of an activation: the extent of axis 1.
std::int64_t channel_count(const Shape& activation);

/// Whether each input channel has its own filters, so that channels are carried on, not mixed.
/// One input channel without groups is an ordinary convolution.
bool is_depthwise(const Conv2d& op, std::int64_t input_channels);

/// Whether filters read slices of the channels: grouped, but not depthwise.
bool is_grouped(const Conv2d& op, std::int64_t input_channels);

/// How the filters of a layer share its input channels: each of `count` slices of `depth`
/// consecutive channels is read by `filters` consecutive filters. One slice but for grouped
/// convolutions.
struct InputSlices {
  std::int64_t count = 1;
  std::int64_t filters = 0;
  std::int64_t depth = 0;

  bool reads(std::int64_t filter, std::int64_t channel) const {
    return filter / filters == channel / depth;
  }
};

/// Of a convolution (depthwise too) or linear layer.
InputSlices input_slices(const Graph& graph, const Node& layer);

/// Whether any position of the window lies partly in the padding.
bool reaches_padding(const Window2d& window, const Shape& input, const Shape& output);

}  // namespace ockham::converters
