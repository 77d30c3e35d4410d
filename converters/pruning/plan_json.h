// The pruning plan for programs.
#pragma once

#include <string>

#include "converters/pruning/explanation.h"

namespace ockham::converters {

/// The whole plan with what it does; every {"before", "after"} counts channels, operations or
/// elements.
///
/// {"total": {"macs", "params": {"before", "after"}},
///  "layers": [{"name", "op", "inputs", "width", "macs", "params": {"before", "after"}, "reason",
///              "group", "groups", "removed_inputs", "removed_filters"}],
///  "groups": [{"name", "width", "keep", "removed", "carriers", "removable", "why_not",
///              "members": {"producers", "channelwise", "consumers":
///                            [{"node", "constant", "axis", "block", "first", "slices"}],
///                          "selectors": [node], "gathers": [{"node", "block", "first"}],
///                          "values": [{"name", "shape", "block", "first"}]}}],
///  "foldings": [{"layer", "into", "constants": [{"channel", "constant"}]}]}
///
/// Channels are named by their index before anything is removed. A group's "keep", "removed" and
/// "carriers" (those of "keep" that are kept only to carry constants into a zero-padded layer)
/// count in channels of the group; a layer's "removed_inputs" and "removed_filters" (neurons of a
/// linear layer) in those of the layer. "members" says who makes the group's channels ("producers",
/// "selectors"), who has an element for each ("channelwise": batch norms, depthwise filters; again
/// as "carriers", its former name), who reads them ("consumers", "gathers"), and
/// which activations have them. `block` consecutive indices there belong to each channel, from
/// "first" on, which is 0 but where a concat puts channels of several groups into one activation;
/// where they are not side by side, "indices" lists them, channel by channel. Where "slices" is
/// more than 1, a grouped convolution reads the channels, its filters a slice each: channel c is
/// index c % extent of the axis, for the filters of slice c / extent. A layer's "groups" are those
/// of its filters, several only where something is added to a concat's output; "group" is the
/// first. Names that are not UTF-8 have U+FFFD for what is wrong.
std::string plan_json(const Graph& graph, const PruningPlan& plan, const Explanation& explanation);

}  // namespace ockham::converters
