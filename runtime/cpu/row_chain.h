// RowChain: steps that run strip by strip (StepChain of the plan), with their kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/cpu/image.h"
#include "runtime/cpu/kernel.h"
#include "runtime/cpu/row_schedule.h"

namespace ockham::cpu {

class RowChain {
 public:
  /// `kernels` are those of all the plan's steps, and outlive it.
  RowChain(const ExecutionPlan& plan, const StepChain& chain, const Graph& graph,
           std::span<const std::unique_ptr<Kernel>> kernels);

  std::size_t first_step() const { return chain_.first; }
  std::size_t last_step() const { return chain_.last; }

  struct Arguments {
    std::int64_t batch;
    std::span<float* const> placed;  ///< where each placement of the plan is
    std::byte* arena;
    ThreadPool& threads;
    std::span<std::int64_t> step_ns;  ///< of all the plan's steps; or empty
  };
  /// Writes the nanoseconds of its own steps to `step_ns`, unless that is empty. Neither throws nor
  /// allocates.
  void run(const Arguments& arguments) noexcept;

 private:
  /// What steps of the chain read or write.
  struct Activation {
    std::size_t placement;
    Image image;
    bool is_strip;   ///< passes from step to step
    Rows held = {};  ///< the rows that a strip has at present
  };
  struct Step {
    std::vector<std::size_t> reads;  ///< activations
    std::size_t writes;
    std::size_t scratch_offset;
    std::vector<const float*> inputs;  ///< of the rows that are being computed
  };

  std::size_t activation(const ExecutionPlan& plan, const Graph& graph, std::size_t placement);
  void run_image(const Arguments& arguments, std::int64_t n);
  void run_step(const Arguments& arguments, std::int64_t n, std::size_t i);
  static void make_room(Activation& strip, float* first, const Rows& rows);

  StepChain chain_;
  RowSchedule schedule_;
  std::vector<Activation> activations_;
  std::vector<Step> steps_;
};

}  // namespace ockham::cpu
