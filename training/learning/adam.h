// Adam over named parameters. The step is LibTorch's fused kernel; the moments are held here, so
// that they shrink with their parameters and go into checkpoints.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>
#include <vector>

#include "training/checkpoint/checkpoint.h"
#include "training/methods/method.h"

namespace ockham::training {

class Adam {
 public:
  /// Trains `parameters` at `rate_factor` times the learning rate of each step.
  void add(const std::vector<Parameter>& parameters, double rate_factor);

  /// One step from the parameters' gradients, which are cleared.
  void step(double learning_rate);

  /// After parameters have shrunk: `select(parameter, moments)` picks what is left of a moment.
  void shrink(const std::function<torch::Tensor(const Parameter&, const torch::Tensor&)>& select);

  /// Moments and step count, under "adam/...".
  void save(Checkpoint& checkpoint) const;
  void load(const Checkpoint& checkpoint);

 private:
  struct Slot {
    Parameter parameter;
    double rate_factor = 1.0;
    torch::Tensor first_moment;
    torch::Tensor second_moment;
  };

  void step_group(double rate_factor, double learning_rate);

  std::vector<Slot> slots_;
  std::int64_t steps_ = 0;
};

}  // namespace ockham::training
