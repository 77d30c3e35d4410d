// prepare: what every conversion does to an imported network first.
#pragma once

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// The network with subnormal constants set to zero, as sessions have them.
Graph without_subnormals(Graph graph);

/// The same, and each node reading constants of its own: exporters merge equal constants of
/// different layers, which must shrink each in its own way. Copies are named "<constant>.<node>";
/// those of the first reader keep their name.
Graph prepare(Graph graph);

}  // namespace ockham::converters
