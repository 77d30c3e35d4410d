#include "converters/channels/channel_groups.h"

#include "converters/channels/channel_rules.h"
#include "converters/channels/coupling.h"

namespace ockham::converters {

std::vector<ChannelGroup> channel_groups(const Graph& graph) {
  Coupling coupling(graph);
  for (const ValueId id : graph.outputs) coupling.fix(id, "output of the network");
  for (const ValueId id : graph.inputs) coupling.fix(id, "input of the network");
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    std::visit([&](const auto& op) { couple(op, graph, static_cast<NodeId>(i), coupling); },
               graph.nodes[i].op);
  }
  return coupling.groups();
}

}  // namespace ockham::converters
