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

/// NHWC wherever that is possible.
inline ArrayFormats channels_last_formats(const Graph& graph, const std::vector<ValueId>& values) {
  ArrayFormats formats(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (graph.value(values[i]).shape.rank() == 4) formats[i].layout = Layout::kChannelsLast;
  }
  return formats;
}

/// Images [N, outer, inner], each transposed.
template <class T>
std::vector<T> transposed(const std::vector<T>& images, std::int64_t outer, std::int64_t inner) {
  std::vector<T> result(images.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i), size = outer * inner;
    const std::int64_t y = at % size / inner, x = at % inner;
    result[static_cast<std::size_t>(at / size * size + x * outer + y)] = images[i];
  }
  return result;
}

/// Images from NCHW to NHWC; others stay.
template <class T>
std::vector<T> to_channels_last(const std::vector<T>& images, const Shape& shape) {
  if (shape.rank() != 4) return images;
  return transposed(images, shape[1], shape[2] * shape[3]);
}

/// And back.
inline std::vector<float> to_row_major(const std::vector<float>& images, const Shape& shape) {
  if (shape.rank() != 4) return images;
  return transposed(images, shape[2] * shape[3], shape[1]);
}

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
