// Where a run gets the elements of constants from.
#pragma once

#include <functional>
#include <span>

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// Fills `out` with elements `first`, `first` + 1, ... of constant `id`. Constants are read in
/// pieces, so that a run never holds those of a large layer as T.
template <class T>
using ReadConstant = std::function<void(ValueId id, std::int64_t first, std::span<T> out)>;

/// Reads the graph's floats. The graph must outlive what is returned.
template <class T>
ReadConstant<T> floats_of(const Graph& graph);

}  // namespace ockham::converters
