// Optimizers over named parameters. A step is LibTorch's fused kernel; the moments are held here,
// so that they shrink with their parameters and go into checkpoints.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "training/checkpoint/checkpoint.h"
#include "training/learning/pretraining.h"
#include "training/methods/method.h"

namespace ockham::training {

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Trains `parameters` at `rate_factor` times the learning rate of each step.
  void add(const std::vector<Parameter>& parameters, double rate_factor);

  /// One step from the parameters' gradients, which are cleared.
  void step(double learning_rate);

  /// After parameters have shrunk: `select(parameter, moments)` picks what is left of a moment.
  void shrink(const std::function<torch::Tensor(const Parameter&, const torch::Tensor&)>& select);

  /// Moments and step count, under "NAME/...".
  void save(Checkpoint& checkpoint) const;
  void load(const Checkpoint& checkpoint);

 protected:
  /// Parameters that take the same step.
  struct Group {
    double learning_rate = 0.0, weight_decay = 0.0;
    std::vector<torch::Tensor> tensors, gradients;
    std::vector<std::vector<torch::Tensor>> moments;  ///< index: moment, parameter
  };

  /// `name` and the names of the moments of each parameter are for checkpoints. Weight decay is
  /// for weights alone: biases and batch norms have no reason to be small.
  Optimizer(std::string name, std::vector<std::string> moments, double weight_decay);

  /// Moves tensors and moments; the first step is number 1.
  virtual void update(Group& group, std::int64_t step) = 0;

 private:
  struct Slot {
    Parameter parameter;
    double rate_factor = 1.0;
    std::vector<torch::Tensor> moments;
  };

  std::string key(const Slot& slot, std::size_t moment) const;

  std::string name_;
  std::vector<std::string> moment_names_;
  double weight_decay_;
  std::vector<Slot> slots_;
  std::int64_t steps_ = 0;
};

/// Adam (Kingma and Ba, arXiv 1412.6980), weight decay decoupled (Loshchilov and Hutter, arXiv
/// 1711.05101).
class Adam : public Optimizer {
 public:
  explicit Adam(double weight_decay = 0.0);

 private:
  void update(Group& group, std::int64_t step) override;
};

/// Stochastic gradient descent with Nesterov's momentum, weight decay as a part of the gradient.
class Sgd : public Optimizer {
 public:
  Sgd(double momentum, double weight_decay);

 private:
  void update(Group& group, std::int64_t step) override;

  double momentum_;
};

/// The optimizer of pretraining.
std::unique_ptr<Optimizer> make_optimizer(const Pretraining& pretraining);

}  // namespace ockham::training
