#include "training/trainer/evaluate.h"

#include <algorithm>

namespace ockham::training {
namespace {

constexpr std::int64_t kEvaluationBatch = 500;

double percent(std::int64_t part, std::int64_t whole) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

torch::Tensor logits_of(TorchGraph& network, LayerHooks& hooks, const TrainingData& data,
                        const LabelledImages& set) {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> logits;
  for (std::int64_t first = 0; first < set.count(); first += kEvaluationBatch) {
    const std::int64_t last = std::min(first + kEvaluationBatch, set.count());
    const torch::Tensor x = data.prepared(set.images.slice(0, first, last));
    logits.push_back(network.forward({x}, Mode::kEvaluate, hooks)[0]);
  }
  return torch::cat(logits);
}

double error_percent(TorchGraph& network, LayerHooks& hooks, const TrainingData& data,
                     const LabelledImages& set) {
  const torch::Tensor answers = logits_of(network, hooks, data, set).argmax(1);
  return percent((answers != set.labels).sum().item<std::int64_t>(), set.count());
}

double guessing_error_percent(const LabelledImages& set) {
  const auto most = torch::bincount(set.labels).max().item<std::int64_t>();
  return percent(set.count() - most, set.count());
}

}  // namespace ockham::training
