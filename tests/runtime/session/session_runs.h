// Runs of sessions and of the reference executor, side by side.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "runtime/graph/difference.h"
#include "runtime/plan/execution_plan.h"
#include "runtime/reference/reference.h"
#include "runtime/session/session.h"
#include "tests/cases/case_inputs.h"

namespace ockham {

inline std::shared_ptr<const Model> model_of(Graph graph) {
  return Model::from_contents({.graph = std::move(graph)});
}

/// Arrays for the outputs, and the pointers that `Session::run` takes.
struct RunArrays {
  RunArrays(const Graph& graph, std::int64_t batch, const Arrays& inputs) {
    for (const auto& input : inputs) reads.push_back(input.data());
    for (const ValueId id : graph.outputs) {
      outputs.emplace_back(elements_of(graph, id, batch), std::nanf(""));
    }
    for (auto& output : outputs) writes.push_back(output.data());
  }

  Arrays outputs;
  std::vector<const float*> reads;
  std::vector<float*> writes;
};

/// Outputs of a run, which must succeed.
inline Arrays run(Session& session, std::int64_t batch, const Arrays& inputs) {
  RunArrays arrays(session.model().graph(), batch, inputs);
  const Status status = session.run(batch, arrays.reads, arrays.writes);
  if (status != Status::kOk) throw Error(status, "Session::run failed");
  return arrays.outputs;
}

/// Outputs of the reference executor in T.
template <class T>
std::vector<std::vector<T>> run_reference(const Graph& graph, std::int64_t batch,
                                          const Arrays& inputs) {
  std::vector<reference::Tensor<T>> tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tensors.push_back({graph.value(graph.inputs[i]).shape.with_batch(batch),
                       std::vector<T>(inputs[i].begin(), inputs[i].end())});
  }
  std::vector<std::vector<T>> outputs;
  for (auto& tensor : reference::run<T>(graph, tensors)) outputs.push_back(std::move(tensor.data));
  return outputs;
}

}  // namespace ockham
