#include "runtime/graph/unread.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace ockham {
namespace {

std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }

}  // namespace

std::vector<bool> unread_nodes(const Graph& graph) {
  std::vector<bool> is_read(graph.values.size(), false);
  for (const ValueId id : graph.outputs) is_read[index(id)] = true;
  std::vector<bool> unread(graph.nodes.size());
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    unread[i] = std::ranges::none_of(node.outputs, [&](ValueId id) { return is_read[index(id)]; });
    if (unread[i]) continue;
    for (const ValueId id : node.inputs) is_read[index(id)] = true;
  }
  return unread;
}

std::vector<Node> drop_unread_nodes(Graph& graph) {
  const std::vector<bool> unread = unread_nodes(graph);
  std::vector<Node> kept, dropped;
  for (std::size_t i = 0; i < unread.size(); ++i) {
    (unread[i] ? dropped : kept).push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(kept);
  drop_unread_values(graph);
  std::ranges::reverse(dropped);
  return dropped;
}

void drop_unread_values(Graph& graph) {
  std::vector<ValueId> new_id(graph.values.size(), -1);
  const auto for_all_ids = [&](const auto& visit) {
    for (ValueId& id : graph.inputs) visit(id);
    for (ValueId& id : graph.outputs) visit(id);
    for (Node& node : graph.nodes) {
      for (ValueId& id : node.inputs) visit(id);
      for (ValueId& id : node.outputs) visit(id);
    }
  };
  for_all_ids([&](ValueId id) { new_id[index(id)] = 0; });
  std::vector<Value> kept;
  for (std::size_t i = 0; i < new_id.size(); ++i) {
    if (new_id[i] < 0) continue;
    new_id[i] = static_cast<ValueId>(kept.size());
    kept.push_back(std::move(graph.values[i]));
  }
  graph.values = std::move(kept);
  for_all_ids([&](ValueId& id) { id = new_id[index(id)]; });
}

}  // namespace ockham
