// Chains of reshapes and transposes as what they do to channels.
#pragma once

#include "converters/channels/exact_constants.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// The network in which a chain of reshapes, transposes and flattens that, all in all, only puts
/// channels in another order is a Gather: channel shuffles; flattens of [N, H, W, C], which become
/// a Flatten and a Gather; DepthToSpace and SpaceToDepth whatever the order of their channels.
/// A Gather can lose channels one by one, which a chain of reshapes cannot. Ids change.
Graph gather_moved_channels(Graph graph);

/// Takes out each Gather of all channels in another order that only one convolution (without
/// groups) or linear layer reads: its columns follow. Ids change; so do the computed constants in
/// `exact`.
void order_columns(Graph& graph, ExactConstants& exact);

}  // namespace ockham::converters
