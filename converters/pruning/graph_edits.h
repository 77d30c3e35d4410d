// Small edits of a graph that several steps of converting make.
#pragma once

#include <string>
#include <vector>

#include "converters/channels/exact_constants.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// `name`, or a variation of it that no value of the graph has.
std::string unused_name(const Graph& graph, std::string name);

/// The same for a node.
std::string unused_node_name(const Graph& graph, std::string name);

/// The bias of a convolution or linear layer for it alone. Makes "<layer>.bias" when it has none
/// (of zeros), or a copy when others read it too.
ValueId own_bias(Graph& graph, NodeId layer);

/// The constant's elements in double: as computed, if they were, else the graph's.
std::vector<double> exact_elements(const Graph& graph, ValueId constant,
                                   const ExactConstants& exact);

/// Gives the constant computed elements: rounded in the graph, subnormals as zeros, and as they are
/// in `exact`.
void set_computed(Graph& graph, ValueId constant, Shape shape, std::vector<double> elements,
                  ExactConstants& exact);

/// 0, 1, ... extent - 1.
std::vector<std::int64_t> all_indices(std::int64_t extent);

/// Whether the node is a linear layer or a convolution without groups: it has a weight for each
/// pair of an input and an output channel.
bool mixes_channels(const Node& node);

/// All nodes that read `before` read `after`.
void read_instead(Graph& graph, ValueId before, ValueId after);

/// A Gather of all channels, "<node>.inputs", as the node's new input `input`; to be put in front
/// of it.
Node gather_all(Graph& graph, Node& node, std::size_t input);

}  // namespace ockham::converters
