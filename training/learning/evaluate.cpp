#include "training/learning/evaluate.h"

#include <algorithm>

namespace ockham::training {
namespace {

constexpr std::int64_t kEvaluationBatch = 500;
constexpr double kLeastProbability = 1e-30;  ///< keeps its logarithm finite

double percent(std::int64_t part, std::int64_t whole) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

bool ends_in_softmax(const Graph& graph) {
  const NodeId last = graph.producer(graph.outputs[0]);
  const auto* softmax = last < 0 ? nullptr : std::get_if<Softmax>(&graph.node(last).op);
  return softmax != nullptr && softmax->axis == 1 && softmax->kind == SoftmaxKind::kSoftmax;
}

}  // namespace

torch::Tensor logits_of_batch(TorchGraph& network, LayerHooks& hooks, const torch::Tensor& inputs,
                              Mode mode) {
  const torch::Tensor answers = network.forward({inputs}, mode, hooks)[0];
  return ends_in_softmax(network.graph()) ? answers.clamp_min(kLeastProbability).log() : answers;
}

torch::Tensor logits_of(TorchGraph& network, LayerHooks& hooks, const TrainingData& data,
                        const LabelledImages& set) {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> logits;
  for (std::int64_t first = 0; first < set.count(); first += kEvaluationBatch) {
    const std::int64_t last = std::min(first + kEvaluationBatch, set.count());
    const torch::Tensor x = data.prepared(set.images.slice(0, first, last));
    logits.push_back(logits_of_batch(network, hooks, x, Mode::kEvaluate));
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
