// TailNetwork: a network of many kernels whose last layers are one, a walk.
#pragma once

#include "runtime/cuda/step_network.h"
#include "runtime/cuda/walk/tail.h"

namespace ockham::cuda {

class TailNetwork : public Network {
 public:
  /// Prepares both parts on the current device; what it is given outlives it. Throws Error.
  TailNetwork(const PlanRequest& request, Tail tail, const NetworkOptions& options,
              Libraries& libraries, SharedConstants& constants);

  void enqueue(const NetworkRun& run, const std::function<void(std::size_t)>& behind) override;
  const ExecutionPlan& plan() const override { return plan_; }
  SessionMemory memory() const override { return {plan_.arena_bytes, before_.memory().packed}; }
  bool touches_input_once(std::size_t input) const override {
    return before_.touches_input_once(input);
  }
  bool touches_output_once(std::size_t output) const override {
    return after_->touches_output_once(output);
  }

 private:
  Tail tail_;
  StepNetwork before_;
  std::unique_ptr<Network> after_;
  DeviceBuffer between_;  ///< what the first part computes and the second reads
  ExecutionPlan plan_;    ///< of both
};

}  // namespace ockham::cuda
