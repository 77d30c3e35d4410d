// Whether there is a device to test on, and runs on it.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <vector>

#include "runtime/cuda/cuda_executor.h"
#include "runtime/cuda/memory.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham::cuda {

inline bool has_device() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

/// Outputs of a run, which must succeed.
inline Arrays run(Executor& executor, const Graph& graph, std::int64_t batch,
                  const Arrays& inputs) {
  RunArrays arrays(graph, batch, inputs);
  const Status status = executor.run(batch, arrays.reads, arrays.writes, {});
  if (status != Status::kOk) throw Error(status, "Executor::run failed");
  return arrays.outputs;
}

/// Memory on the device, with these elements.
class OnDevice {
 public:
  explicit OnDevice(const std::vector<float>& elements)
      : buffer_(elements.data(), elements.size() * sizeof(float)), count_(elements.size()) {}
  float* data() const { return buffer_.as<float>(); }
  std::vector<float> elements() const {
    std::vector<float> found(count_);
    check(cudaMemcpy(found.data(), data(), count_ * sizeof(float), cudaMemcpyDeviceToHost),
          "reading what a test wrote");
    return found;
  }

 private:
  DeviceBuffer buffer_;
  std::size_t count_;
};

}  // namespace ockham::cuda

/// At the start of a test that needs a device.
#define OCKHAM_NEEDS_DEVICE() \
  if (!ockham::cuda::has_device()) GTEST_SKIP() << "this machine has no NVIDIA GPU"
