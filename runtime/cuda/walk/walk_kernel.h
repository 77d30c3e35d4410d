// The kernel that walks through a tiny network.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/cuda/walk/schedule.h"

namespace ockham::cuda {

/// A schedule on its device.
struct DeviceWalk {
  const Word* parameters = nullptr;  ///< Schedule::parameters in device memory, 16-byte aligned
  std::int32_t parameter_words = 0;
  std::int32_t activation_words = 0;
  std::int32_t zeroed_words = 0;
  std::int32_t steps = 0;
  std::int32_t threads = 0;
  std::int32_t most_blocks = 0;  ///< as many as the device runs at once
  std::int32_t input_count = 0, output_count = 0;
  WalkInput inputs[Schedule::kMaxPorts];
  WalkOutput outputs[Schedule::kMaxPorts];
};

/// The arrays of a run in device memory: row-major float32, [batch, ...], in the graph's order.
struct WalkArrays {
  const float* inputs[Schedule::kMaxPorts] = {};
  float* outputs[Schedule::kMaxPorts] = {};
};

/// Prepares the current device for walks of this schedule, whose parameters the caller has put at
/// `parameters`, and fills in `walk`. Not to be called while a stream is captured.
cudaError_t prepare_walk(const Schedule& schedule, const Word* parameters, DeviceWalk& walk);

/// Runs `batch` images. Allocates nothing and can be captured in a graph.
cudaError_t launch_walk(const DeviceWalk& walk, const WalkArrays& arrays, std::int64_t batch,
                        cudaStream_t stream);

}  // namespace ockham::cuda
