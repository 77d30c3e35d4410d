#include <algorithm>

#include "converters/channels/channel_rules.h"
#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

ChannelConstants one_behind_the_other(const NodeView& view) {
  ChannelConstants constants;
  for (std::size_t i = 0; i < view.input_count(); ++i) {
    const ChannelConstants& input = view.input_constants(i);
    constants.insert(constants.end(), input.begin(), input.end());
  }
  return constants;
}

}  // namespace

ChannelConstants output_constants(const Concat& op, const NodeView& view) {
  if (op.axis == 1) return one_behind_the_other(view);
  ChannelConstants constants = view.input_constants(0);
  for (std::size_t i = 1; i < view.input_count(); ++i) {
    for (std::size_t c = 0; c < constants.size(); ++c) {
      if (constants[c] != view.input_constants(i)[c]) constants[c].reset();
    }
  }
  return constants;
}

std::vector<bool> used_inputs(const Concat& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t input) {
  if (op.axis != 1) return needed;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < input; ++i) first += channel_count(view.input_shape(i));
  const auto begin = needed.begin() + first;
  return {begin, begin + channel_count(view.input_shape(input))};
}

// Along the channels, those of each input are some of the output's, one input behind the other.
void couple(const Concat& op, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  std::int64_t first = 0;
  for (const ValueId input : node.inputs) {
    if (op.axis != 1) {
      coupling.couple(node.outputs[0], input);
      continue;
    }
    coupling.couple_part(node.outputs[0], first, input);
    first += channel_count(graph.value(input).shape);
  }
}

}  // namespace ockham::converters
