// The reference executor: naive loops over NCHW, never optimised. It is the oracle of every test,
// and a template over the element type, so that exactness can be judged in double.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::reference {

/// A dense row-major tensor; axis 0 of an activation is the actual batch.
template <class T>
struct Tensor {
  Shape shape;
  std::vector<T> data;
};

/// Elements that stand in for constants of a graph.
template <class T>
using Replacements = std::map<ValueId, std::vector<T>>;

/// Runs a validated graph on `inputs` (one tensor per graph input, all with the same batch) and
/// returns its outputs in order. T is float or double. Throws Error(kInvalidArgument) when the
/// number or shape of the inputs is wrong. Constants in `replaced` (as large as what they replace)
/// have those elements instead of the graph's floats.
template <class T>
std::vector<Tensor<T>> run(const Graph& graph, std::span<const Tensor<T>> inputs,
                           const Replacements<T>& replaced = {});

/// The same, but returns every value of the graph (index: ValueId); constants are left empty.
template <class T>
std::vector<Tensor<T>> run_all(const Graph& graph, std::span<const Tensor<T>> inputs,
                               const Replacements<T>& replaced = {});

/// The number of images in `inputs`. Throws Error(kInvalidArgument) when they are not what the
/// graph expects.
template <class T>
std::int64_t checked_batch(const Graph& graph, std::span<const Tensor<T>> inputs);

/// Runs one operator; `inputs` and `output` are raw row-major arrays for a batch of `batch` images.
/// This is what the CPU executor falls back to.
template <class T>
void run_operator(const Operator& op, std::span<const Shape> shapes,
                  std::span<const T* const> inputs, const Shape& output_shape, T* output);

}  // namespace ockham::reference
