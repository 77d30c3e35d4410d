#include "runtime/cuda/measure.h"

#include <memory>

#include "runtime/cuda/memory.h"

namespace ockham::cuda {

ExecutableGraph captured(cudaStream_t stream, const std::function<void()>& enqueue) {
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "capturing a graph");
  cudaGraph_t graph = nullptr;
  try {
    enqueue();
  } catch (...) {
    static_cast<void>(cudaStreamEndCapture(stream, &graph));
    static_cast<void>(cudaGetLastError());
    if (graph != nullptr) static_cast<void>(cudaGraphDestroy(graph));
    throw;
  }
  check(cudaStreamEndCapture(stream, &graph), "capturing a graph");
  ExecutableGraph made(graph);
  static_cast<void>(cudaGraphDestroy(graph));
  return made;
}

std::optional<float> measured_milliseconds(cudaStream_t stream,
                                           const std::function<void()>& enqueue, float best) {
  const Event before, behind;
  const auto row_of = [&](int times) -> Row {
    // Shared, for a Row can be copied.
    const auto graph = std::make_shared<const ExecutableGraph>(captured(stream, [&] {
      for (int i = 0; i < times; ++i) enqueue();
    }));
    return [&, graph] {
      check(cudaEventRecord(before.get(), stream), "measuring");
      check(cudaGraphLaunch(graph->get(), stream), "measuring");
      check(cudaEventRecord(behind.get(), stream), "measuring");
      check(cudaEventSynchronize(behind.get()), "measuring");
      float took = 0.0f;
      check(cudaEventElapsedTime(&took, before.get(), behind.get()), "measuring");
      return took;
    };
  };
  return milliseconds_each(row_of, best);
}

}  // namespace ockham::cuda
