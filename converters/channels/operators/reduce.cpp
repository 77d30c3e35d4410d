#include <cmath>

#include "converters/channels/convolutions.h"
#include "converters/channels/operators/along_axis.h"

namespace ockham::converters {
namespace {

/// What `count` times the same number are reduced to.
double of_equal(ReduceKind kind, double number, double count) {
  switch (kind) {
    case ReduceKind::kMax:
    case ReduceKind::kMin:
    case ReduceKind::kMean:
      return number;
    case ReduceKind::kSum:
      return count * number;
    case ReduceKind::kProd:
      return std::pow(number, count);
    case ReduceKind::kL1:
      return count * std::abs(number);
    case ReduceKind::kL2:
      return std::sqrt(count) * std::abs(number);
    case ReduceKind::kLogSum:
      return std::log(count * number);
    case ReduceKind::kLogSumExp:
      return number + std::log(count);
    case ReduceKind::kSumSquare:
      return count * number * number;
  }
  return std::nan("");
}

}  // namespace

ChannelConstants output_constants(const Reduce& op, const NodeView& view) {
  if (reduces_channels(op)) {
    return ChannelConstants(static_cast<std::size_t>(channel_count(view.output_shape())));
  }
  const auto count = static_cast<double>(view.input_shape().elements()) /
                     static_cast<double>(view.output_shape().elements());
  ChannelConstants constants = view.input_constants();
  for (std::optional<double>& constant : constants) {
    if (constant) constant = known(of_equal(op.kind, *constant, count));
  }
  return constants;
}

std::vector<bool> used_inputs(const Reduce& op, const NodeView& view,
                              const std::vector<bool>& needed, std::size_t) {
  return reduces_channels(op) ? uses_along(1, view, needed) : needed;
}

// Over the channels, one that goes would be missing: even zeros are numbers of a mean or a maximum.
void couple(const Reduce& op, const Graph& graph, NodeId id, Coupling& coupling) {
  const Node& node = graph.node(id);
  if (!reduces_channels(op)) return coupling.couple(node.inputs[0], node.outputs[0]);
  for (const ValueId value : {node.inputs[0], node.outputs[0]}) {
    coupling.fix(value, "reduced to one by " + std::string(name_of(op.kind)) + " " + node.name);
  }
}

}  // namespace ockham::converters
