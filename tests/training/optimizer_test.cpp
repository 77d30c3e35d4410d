// Optimizers against their formulas, and what they keep.
#include "training/learning/optimizer.h"

#include <gtest/gtest.h>

namespace ockham::training::test {
namespace {

/// A weight and a bias, both 1, whose gradients are as large as they are.
struct Task {
  std::vector<Parameter> parameters = {
      {.name = "weight", .tensor = torch::ones({2}), .is_weight = true},
      {.name = "bias", .tensor = torch::ones({2})}};

  explicit Task(Optimizer& optimizer) {
    for (Parameter& parameter : parameters) parameter.tensor.requires_grad_(true);
    optimizer.add(parameters, 1.0);
  }
  void step(Optimizer& optimizer, double learning_rate) {
    for (Parameter& parameter : parameters) {
      (0.5 * parameter.tensor.square()).sum().backward();
    }
    optimizer.step(learning_rate);
  }
  double weight() const { return parameters[0].tensor[0].item<double>(); }
  double bias() const { return parameters[1].tensor[0].item<double>(); }
};

TEST(Sgd, FollowsNesterovsMomentumWithDecayOfWeights) {
  Sgd sgd(/*momentum=*/0.9, /*weight_decay=*/0.1);
  Task task(sgd);
  double weight = 1.0, velocity = 0.0;
  for (int step = 0; step < 3; ++step) {
    task.step(sgd, 0.5);
    const double gradient = weight + 0.1 * weight;
    velocity = 0.9 * velocity + gradient;
    weight -= 0.5 * (gradient + 0.9 * velocity);
    EXPECT_NEAR(task.weight(), weight, 1e-6) << step;
  }
  Sgd plain(/*momentum=*/0.0, /*weight_decay=*/0.1);
  Task plain_task(plain);
  plain_task.step(plain, 0.5);
  EXPECT_NEAR(plain_task.weight(), 1.0 - 0.5 * 1.1, 1e-6);
  EXPECT_NEAR(plain_task.bias(), 0.5, 1e-6) << "no decay";
}

TEST(Adam, DecaysWeightsBesideTheGradient) {
  Adam adam(/*weight_decay=*/0.1);
  Task task(adam);
  task.step(adam, 0.01);
  // The first step is as large as the learning rate, whatever the gradient.
  EXPECT_NEAR(task.weight(), 1.0 - 0.01 * 0.1 - 0.01, 1e-6);
  EXPECT_NEAR(task.bias(), 1.0 - 0.01, 1e-6);
}

/// The weight after a step, a loss of half of it all, and another step.
double after_shrinking(Optimizer& optimizer) {
  Task task(optimizer);
  task.step(optimizer, 0.1);
  const auto first = [](const Parameter&, const torch::Tensor& x) { return x.slice(0, 0, 1); };
  for (Parameter& parameter : task.parameters) {
    const torch::NoGradGuard no_gradients;
    parameter.tensor.set_data(first(parameter, parameter.tensor.detach()).clone());
  }
  optimizer.shrink(first);
  task.step(optimizer, 0.1);
  return task.weight();
}

TEST(Optimizers, ShrinkTheirMoments) {
  Sgd sgd(0.9, 0.0), whole(0.9, 0.0);
  Task task(whole);
  task.step(whole, 0.1);
  task.step(whole, 0.1);
  EXPECT_EQ(after_shrinking(sgd), task.weight());
}

TEST(Optimizers, GoOnFromCheckpointsToTheBit) {
  for (const std::string& name : optimizer_names()) {
    const Pretraining pretraining{.optimizer = name, .weight_decay = 0.01};
    const auto unbroken = make_optimizer(pretraining), resumed = make_optimizer(pretraining);
    Task task(*unbroken), other(*resumed);
    task.step(*unbroken, 0.1);
    Checkpoint checkpoint;
    unbroken->save(checkpoint);
    resumed->load(checkpoint);
    for (std::size_t i = 0; i < 2; ++i) {
      other.parameters[i].tensor.set_data(task.parameters[i].tensor.detach().clone());
    }
    task.step(*unbroken, 0.1);
    other.step(*resumed, 0.1);
    EXPECT_EQ(task.weight(), other.weight()) << name;
    EXPECT_EQ(task.bias(), other.bias()) << name;
  }
}

}  // namespace
}  // namespace ockham::training::test
