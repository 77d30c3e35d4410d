// Runs a network as users do: a session on the CPU. Callers link ockham_cpu.
#pragma once

#include <utility>
#include <vector>

#include "runtime/graph/error.h"
#include "runtime/reference/reference.h"
#include "runtime/session/session.h"

namespace ockham::tests {

/// Outputs in the graph's order, for inputs of one batch. Throws Error.
inline std::vector<reference::Tensor<float>> run_session(
    const Graph& graph, const std::vector<reference::Tensor<float>>& inputs) {
  const std::int64_t batch = inputs[0].shape[0];
  ModelContents contents;
  contents.graph = graph;
  Session session(Model::from_contents(std::move(contents)), {.max_batch = batch});
  std::vector<const float*> from;
  for (const reference::Tensor<float>& input : inputs) from.push_back(input.data.data());
  std::vector<reference::Tensor<float>> outputs;
  std::vector<float*> to;
  for (const ValueId id : graph.outputs) {
    const Shape shape = graph.value(id).shape.with_batch(batch);
    outputs.push_back({shape, std::vector<float>(static_cast<std::size_t>(shape.elements()))});
  }
  for (reference::Tensor<float>& output : outputs) to.push_back(output.data.data());
  if (session.run(batch, from, to) != Status::kOk) throw Error(Status::kInternal, "run failed");
  return outputs;
}

}  // namespace ockham::tests
