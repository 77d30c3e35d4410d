// StepNetwork: a plan whose steps are one or a few kernels each.
#pragma once

#include <memory>
#include <vector>

#include "runtime/cuda/kernel.h"
#include "runtime/cuda/network.h"

namespace ockham::cuda {

class StepNetwork : public Network {
 public:
  /// Plans, prepares kernels and allocates; what it is given outlives it. Throws Error.
  StepNetwork(const PlanRequest& request, const NetworkOptions& options, Libraries& libraries,
              SharedConstants& constants);

  void enqueue(const NetworkRun& run, const std::function<void(std::size_t)>& behind) override;
  const ExecutionPlan& plan() const override { return plan_; }
  SessionMemory memory() const override {
    return {.arena = plan_.arena_bytes, .packed = constants_.bytes()};
  }
  bool touches_input_once(std::size_t input) const override;
  bool touches_output_once(std::size_t output) const override;

 private:
  void* place(const Placement& placement, const NetworkRun& run) const;

  PlanRequest request_;
  SharedConstants& constants_;
  ExecutionPlan plan_;
  std::vector<std::unique_ptr<Kernel>> kernels_;  ///< of each step
  DeviceBuffer arena_;
};

}  // namespace ockham::cuda
