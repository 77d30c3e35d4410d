#include <algorithm>

#include "converters/channels/channel_rules.h"

namespace ockham::converters {
namespace {

/// Calls `visit(k)` for the channels whose squares enter channel `c` of `channels`.
template <class Visit>
void for_each_neighbour(const Lrn& op, std::int64_t c, std::int64_t channels, Visit visit) {
  const std::int64_t before = std::min(channels, (op.size - 1) / 2);
  const std::int64_t behind = std::min(channels, op.size / 2);
  for (std::int64_t k = std::max<std::int64_t>(0, c - before); k <= c + behind && k < channels;
       ++k) {
    visit(static_cast<std::size_t>(k));
  }
}

}  // namespace

// A channel of zeros stays one, as long as what it is divided by cannot be zero.
ChannelConstants output_constants(const Lrn& op, const NodeView& view) {
  ChannelConstants constants = view.input_constants();
  const bool is_safe = op.bias > 0.0f && op.alpha >= 0.0f;
  for (std::optional<double>& constant : constants) {
    if (!is_safe || constant != 0.0) constant.reset();
  }
  return constants;
}

std::vector<bool> used_inputs(const Lrn& op, const NodeView&, const std::vector<bool>& needed,
                              std::size_t) {
  std::vector<bool> used(needed.size(), false);
  const auto channels = static_cast<std::int64_t>(needed.size());
  for (std::int64_t c = 0; c < channels; ++c) {
    if (!needed[static_cast<std::size_t>(c)]) continue;
    for_each_neighbour(op, c, channels, [&](std::size_t k) { used[k] = true; });
  }
  return used;
}

// Without a channel in between, others would become neighbours.
void couple(const Lrn&, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  coupling.couple(node.inputs[0], node.outputs[0]);
  coupling.fix(node.outputs[0], "divided by their neighbours in lrn " + node.name);
}

}  // namespace ockham::converters
