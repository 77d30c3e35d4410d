// Flatten, Reshape and DepthToSpace: the same elements, so that a channel becomes several, or
// several become one.
#include <algorithm>

#include "converters/channels/channel_rules.h"
#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

std::size_t inputs(const NodeView& view) {
  return static_cast<std::size_t>(channel_count(view.input_shape()));
}

std::size_t outputs(const NodeView& view) {
  return static_cast<std::size_t>(channel_count(view.output_shape()));
}

/// The constant that all channels of a block have in common, if they have one.
std::optional<double> in_common(std::span<const std::optional<double>> block) {
  const bool same = std::ranges::all_of(block, [&](const auto& c) { return c == block[0]; });
  return same ? block[0] : std::nullopt;
}

ChannelConstants regrouped_constants(const NodeView& view) {
  const std::size_t from = inputs(view), to = outputs(view);
  const std::span<const std::optional<double>> given = view.input_constants();
  ChannelConstants constants(to);
  for (std::size_t c = 0; c < to; ++c) {
    if (to % from == 0) {
      constants[c] = given[c / (to / from)];
    } else if (from % to == 0) {
      constants[c] = in_common(given.subspan(c * (from / to), from / to));
    }
  }
  return constants;
}

std::vector<bool> regrouped_uses(const NodeView& view, const std::vector<bool>& needed) {
  const std::size_t from = inputs(view), to = outputs(view);
  std::vector<bool> used(from, false);
  for (std::size_t c = 0; c < to; ++c) {
    if (!needed[c]) continue;
    if (to % from == 0) {
      used[c / (to / from)] = true;
    } else if (from % to == 0) {
      std::fill_n(used.begin() + static_cast<std::ptrdiff_t>(c * (from / to)), from / to, true);
    } else {
      used.assign(from, true);
    }
  }
  return used;
}

void couple_regrouped(const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  const std::int64_t from = channel_count(graph.value(node.inputs[0]).shape);
  const std::int64_t to = channel_count(graph.value(node.outputs[0]).shape);
  if (to % from == 0 || from % to == 0) {
    coupling.couple(node.inputs[0], node.outputs[0]);
    return;
  }
  const std::string why = "reshape " + node.name + " makes " + std::to_string(to) +
                          " channels of " + std::to_string(from);
  coupling.fix(node.inputs[0], why);
  coupling.fix(node.outputs[0], why);
}

}  // namespace

ChannelConstants output_constants(const Flatten&, const NodeView& view) {
  return regrouped_constants(view);
}

ChannelConstants output_constants(const Reshape&, const NodeView& view) {
  return regrouped_constants(view);
}

ChannelConstants output_constants(const DepthToSpace&, const NodeView& view) {
  return regrouped_constants(view);
}

std::vector<bool> used_inputs(const Flatten&, const NodeView& view, const std::vector<bool>& needed,
                              std::size_t) {
  return regrouped_uses(view, needed);
}

std::vector<bool> used_inputs(const Reshape&, const NodeView& view, const std::vector<bool>& needed,
                              std::size_t) {
  return regrouped_uses(view, needed);
}

std::vector<bool> used_inputs(const DepthToSpace&, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t) {
  return regrouped_uses(view, needed);
}

void couple(const Flatten&, const Graph& graph, NodeId id, Coupling& coupling) {
  couple_regrouped(graph, id, coupling);
}

void couple(const Reshape&, const Graph& graph, NodeId id, Coupling& coupling) {
  couple_regrouped(graph, id, coupling);
}

void couple(const DepthToSpace&, const Graph& graph, NodeId id, Coupling& coupling) {
  couple_regrouped(graph, id, coupling);
}

}  // namespace ockham::converters
