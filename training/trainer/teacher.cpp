#include "training/trainer/teacher.h"

#include "training/trainer/evaluate.h"

namespace ockham::training {
namespace {

constexpr double kTemperature = 4.0;

}  // namespace

Teacher::Teacher(const Graph& dense, const torch::TensorOptions& options, const TrainingData& data,
                 bool fixed)
    : network_(dense, options) {
  if (fixed) kept_ = logits_of(network_, hooks_, data, data.train);
}

torch::Tensor Teacher::logits(const torch::Tensor& x, const torch::Tensor& indices) {
  if (kept_.defined()) return kept_.index_select(0, indices);
  const torch::NoGradGuard no_gradients;
  return network_.forward({x}, Mode::kEvaluate, hooks_)[0];
}

torch::Tensor distillation(const torch::Tensor& student, const torch::Tensor& teacher) {
  const torch::Tensor target = torch::log_softmax(teacher / kTemperature, 1);
  const torch::Tensor answer = torch::log_softmax(student / kTemperature, 1);
  return kTemperature * kTemperature * (target.exp() * (target - answer)).sum(1).mean();
}

}  // namespace ockham::training
