#include <algorithm>

#include "converters/channels/channel_rules.h"

namespace ockham::converters {
namespace {

bool has_border(const Pad& op) {
  const auto is_some = [](std::int64_t pad) { return pad > 0; };
  return std::ranges::any_of(op.begin, is_some) || std::ranges::any_of(op.end, is_some);
}

}  // namespace

// With a border of another number a channel is no constant any more.
ChannelConstants output_constants(const Pad& op, const NodeView& view) {
  ChannelConstants constants = view.input_constants();
  if (!has_border(op)) return constants;
  for (std::optional<double>& constant : constants) {
    if (constant && *constant != static_cast<double>(op.value)) constant.reset();
  }
  return constants;
}

std::vector<bool> used_inputs(const Pad&, const NodeView&, const std::vector<bool>& needed,
                              std::size_t) {
  return needed;
}

void couple(const Pad&, const Graph& graph, NodeId id, Coupling& coupling) {
  coupling.couple(graph.node(id).inputs[0], graph.node(id).outputs[0]);
}

}  // namespace ockham::converters
