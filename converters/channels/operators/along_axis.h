// Rules of operators that compare what stands along one axis.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "converters/channels/channel_rules.h"

namespace ockham::converters {

/// Along the channels all of them count, along another axis each channel is on its own.
inline std::vector<bool> uses_along(std::int64_t axis, const NodeView& view,
                                    const std::vector<bool>& needed) {
  if (axis != 1) return needed;
  return std::vector<bool>(view.input_constants().size(),
                           std::ranges::find(needed, true) != needed.end());
}

/// Along the channels none may go, since the others would be compared without it, or counted
/// otherwise; input and output have channels of their own.
inline void couple_along(std::int64_t axis, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  if (axis != 1) return coupling.couple(node.inputs[0], node.outputs[0]);
  const std::string why = "compared by " + std::string(operator_name(node.op)) + " " + node.name;
  coupling.fix(node.inputs[0], why);
  coupling.fix(node.outputs[0], why);
}

}  // namespace ockham::converters
