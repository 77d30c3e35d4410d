#include "training/learning/teacher.h"

#include "training/learning/evaluate.h"

namespace ockham::training {
namespace {

constexpr double kTemperature = 4.0;
constexpr std::int64_t kMostKept = 64 << 20;  ///< logits

/// The training images, all in one variation.
LabelledImages varied(const TrainingData& data, const Augmentation& augmentation,
                      std::int64_t variation) {
  const LabelledImages& all = data.train;
  const torch::Tensor each = torch::full({all.count()}, variation, torch::kInt64);
  return {augment(all.images, augmentation, each), all.labels};
}

}  // namespace

Teacher::Teacher(const Graph& dense, const torch::TensorOptions& options, const TrainingData& data,
                 const Augmentation& augmentation, int epochs)
    : network_(dense, options) {
  const std::int64_t variations = augmentation.variations();
  const std::int64_t count = variations * data.train.count() * data.classes;
  if (variations > epochs || count > kMostKept) return;
  std::vector<torch::Tensor> answers;
  for (std::int64_t v = 0; v < variations; ++v) {
    answers.push_back(logits_of(network_, hooks_, data, varied(data, augmentation, v)));
  }
  kept_ = torch::stack(answers);
}

torch::Tensor Teacher::logits(const torch::Tensor& x, const torch::Tensor& indices,
                              const torch::Tensor& variation) {
  if (kept_.defined()) return kept_.index({variation.to(indices.device()), indices});
  const torch::NoGradGuard no_gradients;
  return logits_of_batch(network_, hooks_, x, Mode::kEvaluate);
}

torch::Tensor distillation(const torch::Tensor& student, const torch::Tensor& teacher) {
  const torch::Tensor target = torch::log_softmax(teacher / kTemperature, 1);
  const torch::Tensor answer = torch::log_softmax(student / kTemperature, 1);
  return kTemperature * kTemperature * (target.exp() * (target - answer)).sum(1).mean();
}

}  // namespace ockham::training
