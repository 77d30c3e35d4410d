// validate: the only gate. It is what a hostile file meets; code behind it checks nothing again.
#pragma once

#include "runtime/graph/graph.h"

namespace ockham {

/// Throws Error(kInvalidModel), naming value or node, found and expected, unless `graph` is
/// well-formed: names unique and not empty, indices in range, nodes in executable order, every
/// activation with one producer and the shape and type its operator gives it, constants as large as
/// their shapes and finite, inputs and outputs with a batch axis, at least one of each.
void validate(const Graph& graph);

}  // namespace ockham
