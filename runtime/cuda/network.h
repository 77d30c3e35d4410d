// Network: what an executor launches for one batch, whether as many kernels or as one.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "runtime/cuda/libraries.h"
#include "runtime/cuda/shared_constants.h"
#include "runtime/plan/candidate.h"
#include "runtime/plan/execution_plan.h"
#include "runtime/plan/executor.h"

namespace ockham::cuda {

/// One run: arrays of the network's inputs and outputs, where the device reaches them.
struct NetworkRun {
  std::int64_t batch = 1;  ///< one of the prepared sizes
  std::span<const float* const> inputs;
  std::span<float* const> outputs;
  cudaStream_t stream = nullptr;
};

struct NetworkOptions {
  Candidates candidates;
  std::span<const std::int64_t> batches;  ///< to be ready for, in ascending order
  bool tune = false;
  bool may_walk = false;
};

class Network {
 public:
  virtual ~Network() = default;
  /// Puts all steps into the stream, which may be capturing; calls `behind(step)` behind each,
  /// unless it is empty. Throws Error.
  virtual void enqueue(const NetworkRun& run, const std::function<void(std::size_t)>& behind) = 0;
  virtual const ExecutionPlan& plan() const = 0;
  virtual SessionMemory memory() const = 0;
  /// Whether each element of an input is read once, and each of an output written once, so that
  /// small ones may lie in the host's memory.
  virtual bool touches_input_once(std::size_t input) const = 0;
  virtual bool touches_output_once(std::size_t output) const = 0;
};

/// The network prepared on the current device: as a walk where it is tiny, with a walk for its last
/// layers where those are, or as kernels for its steps. What it is given outlives it. Throws Error.
std::unique_ptr<Network> make_network(const PlanRequest& request, const NetworkOptions& options,
                                      Libraries& libraries, SharedConstants& constants);

}  // namespace ockham::cuda
