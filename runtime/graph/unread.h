// What of a graph nobody reads.
#pragma once

#include <vector>

#include "runtime/graph/graph.h"

namespace ockham {

/// Of each node, whether no output of the network depends on it. Each node must stand behind those
/// that it reads.
std::vector<bool> unread_nodes(const Graph& graph);

/// Drops these nodes, and the values that nobody reads then. Returns the nodes, the last of the
/// network first. Ids change.
std::vector<Node> drop_unread_nodes(Graph& graph);

/// Drops the values that no node reads or computes, and that are no input or output. Ids change.
void drop_unread_values(Graph& graph);

}  // namespace ockham
