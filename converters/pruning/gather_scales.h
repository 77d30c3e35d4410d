// Scales behind Gathers, so that a gate on what a Gather reads can be folded whoever reads it.
#pragma once

#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// The network with a multiplication by one number per channel, "<gather>.scale", all ones, behind
/// each Gather that others than convolutions without groups and linear layers read.
Graph expose_scales(Graph graph);

/// Takes out each multiplication by ones alone behind a Gather. Ids change.
void drop_unit_scales(Graph& graph);

/// An axis of a constant whose element i is multiplied with output i of a Gather.
struct FactorAxis {
  NodeId node = -1;  ///< that multiplies
  ValueId constant = -1;
  int axis = 0;
};

/// Those that the outputs of a Gather are multiplied with: inputs of layers, or its scale. With
/// those elements zero, the Gather's output does not matter.
std::vector<FactorAxis> gather_factors(const Graph& graph, NodeId gather);

}  // namespace ockham::converters
