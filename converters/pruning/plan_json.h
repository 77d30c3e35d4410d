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
///              "group", "removed_inputs", "removed_filters"}],
///  "groups": [{"name", "width", "keep", "removed", "carriers", "removable", "why_not",
///              "members": {"producers", "carriers", "consumers":
///                            [{"node", "constant", "axis", "block", "slices"}],
///                          "selectors": [node], "gathers": [{"node", "block"}],
///                          "values": [{"name", "shape", "block"}]}}],
///  "foldings": [{"layer", "into", "constants": [{"channel", "constant"}]}]}
///
/// Channels are named by their index before anything is removed. A group's "keep", "removed" and
/// "carriers" (kept only to carry constants) count in channels of the group; a layer's
/// "removed_inputs" and "removed_filters" (neurons of a linear layer) in those of the layer, of
/// which `block` belong to each of the group. Where "slices" is more than 1, a grouped convolution
/// reads the channels, its filters a slice each: channel c is index c % extent of the axis, for the
/// filters of slice c / extent. A layer's "group" is that of its filters. Names that
/// are not UTF-8 have U+FFFD for what is wrong.
std::string plan_json(const Graph& graph, const PruningPlan& plan, const Explanation& explanation);

}  // namespace ockham::converters
