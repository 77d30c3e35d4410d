#include "converters/channels/channel_facts.h"

#include <cmath>

#include "converters/channels/channel_rules.h"
#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }

/// Nothing known, nothing used.
Analysis least_facts(const Graph& graph) {
  Analysis analysis;
  analysis.values.resize(graph.values.size());
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].is_constant) continue;
    const auto channels = static_cast<std::size_t>(channel_count(graph.values[i].shape));
    analysis.values[i] = {ChannelConstants(channels), std::vector<bool>(channels, false)};
  }
  return analysis;
}

void find_constants(const Graph& graph, const ExactConstants& exact, Analysis& analysis) {
  for (const Node& node : graph.nodes) {
    const NodeView view(graph, node, analysis, exact);
    analysis.values[index(node.outputs[0])].constant =
        std::visit([&](const auto& op) { return output_constants(op, view); }, node.op);
  }
}

/// A channel that is constant anyway does not need what it was computed from.
std::vector<bool> needed_channels(const ChannelFacts& facts) {
  std::vector<bool> needed = facts.used;
  for (std::size_t c = 0; c < needed.size(); ++c) {
    if (facts.constant[c]) needed[c] = false;
  }
  return needed;
}

void find_uses(const Graph& graph, const ExactConstants& exact, Analysis& analysis) {
  for (const ValueId id : graph.outputs) {
    std::vector<bool>& used = analysis.values[index(id)].used;
    used.assign(used.size(), true);
  }
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const NodeView view(graph, *node, analysis, exact);
    const std::vector<bool> needed = needed_channels(analysis.values[index(node->outputs[0])]);
    for (std::size_t i = 0; i < node->inputs.size(); ++i) {
      if (view.is_constant(i)) continue;
      const std::vector<bool> uses =
          std::visit([&](const auto& op) { return used_inputs(op, view, needed, i); }, node->op);
      std::vector<bool>& used = analysis.values[index(node->inputs[i])].used;
      for (std::size_t c = 0; c < used.size(); ++c) used[c] = used[c] || uses[c];
    }
  }
}

}  // namespace

std::optional<double> known(double number) {
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

// Nodes are in executable order and the graph has no cycles, so one sweep each way reaches the
// fixed point: constants depend on earlier nodes alone, uses on constants and later nodes.
Analysis analyse(const Graph& graph, const ExactConstants& exact) {
  Analysis analysis = least_facts(graph);
  find_constants(graph, exact, analysis);
  find_uses(graph, exact, analysis);
  return analysis;
}

}  // namespace ockham::converters
