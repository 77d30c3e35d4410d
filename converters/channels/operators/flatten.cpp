#include "converters/channels/channel_rules.h"
#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

/// Features that each channel becomes.
std::size_t features_per_channel(const NodeView& view) {
  return static_cast<std::size_t>(view.output_shape()[1] / channel_count(view.input_shape()));
}

}  // namespace

ChannelConstants output_constants(const Flatten&, const NodeView& view) {
  ChannelConstants constants;
  for (const std::optional<double>& constant : view.input_constants()) {
    constants.insert(constants.end(), features_per_channel(view), constant);
  }
  return constants;
}

std::vector<bool> used_inputs(const Flatten&, const NodeView& view, const std::vector<bool>& needed,
                              std::size_t) {
  std::vector<bool> used(view.input_constants().size(), false);
  for (std::size_t feature = 0; feature < needed.size(); ++feature) {
    if (needed[feature]) used[feature / features_per_channel(view)] = true;
  }
  return used;
}

void couple(const Flatten&, const Graph& graph, NodeId id, Coupling& coupling) {
  coupling.join(graph.node(id).inputs[0], graph.node(id).outputs[0]);
}

}  // namespace ockham::converters
