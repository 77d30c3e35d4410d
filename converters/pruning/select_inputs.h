// Gathers in front of linear layers, so that a layer can lose single inputs and not only channels.
#pragma once

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// The network with a Gather of all inputs, "<layer>.inputs", in front of each linear layer that
/// could not lose a single one else: it reads several inputs for each channel (flattened images),
/// channels of a grouped convolution, or an input of the network. A layer that already reads a
/// Gather is left alone.
Graph expose_inputs(Graph graph);

/// Takes out each Gather that selects everything in order, unless it computes an output of the
/// network. A Gather that reads another one reads that one's input instead. Ids change.
void drop_identity_gathers(Graph& graph);

}  // namespace ockham::converters
