#include "training/learning/finetune.h"

#include <set>

#include "runtime/graph/mixed_bits.h"
#include "training/learning/evaluate.h"
#include "training/learning/schedule.h"

namespace ockham::training {
namespace {

constexpr double kLearningRate = 3e-3;
constexpr double kDistillationWeight = 0.7;

/// Names of the weights of convolutions and linear layers: of neither biases nor batch norms.
std::set<std::string> layer_weights(const Graph& graph) {
  std::set<std::string> names;
  for (const Node& node : graph.nodes) {
    if (is_layer(node.op)) names.insert(graph.value(node.inputs[1]).name);
  }
  return names;
}

}  // namespace

std::vector<Parameter> trainable_parameters(TorchGraph& network) {
  const std::set<std::string> weights = layer_weights(network.graph());
  std::vector<Parameter> parameters;
  for (const auto& [name, tensor] : network.tensors()) {
    if (tensor.requires_grad()) {
      parameters.push_back({.name = name,
                            .tensor = tensor,
                            .follows_constant = name,
                            .is_weight = weights.contains(name)});
    }
  }
  return parameters;
}

torch::Tensor finetune_loss(TorchGraph& network, LayerHooks& hooks, const Batch& batch,
                            Teacher& teacher) {
  const torch::Tensor logits = logits_of_batch(network, hooks, batch.inputs, Mode::kTrain);
  const torch::Tensor taught = teacher.logits(batch.inputs, batch.indices, batch.variation);
  return (1.0 - kDistillationWeight) * torch::cross_entropy_loss(logits, batch.labels) +
         kDistillationWeight * distillation(logits, taught);
}

double finetune_rate(double done) { return cosine(kLearningRate, done); }

void finetune_briefly(TorchGraph& network, const TrainingData& data, const Batching& batching,
                      std::int64_t steps, std::uint64_t seed, Teacher& teacher) {
  LayerHooks none;
  Adam optimizer;
  optimizer.add(trainable_parameters(network), 1.0);
  std::int64_t done = 0;
  for (std::uint64_t epoch = 0; done < steps; ++epoch) {
    Batches batches(data, batching, mixed_bits(seed + epoch));
    for (; batches.left() > 0 && done < steps; ++done) {
      finetune_loss(network, none, batches.next(), teacher).backward();
      optimizer.step(finetune_rate(static_cast<double>(done) / static_cast<double>(steps)));
    }
  }
}

}  // namespace ockham::training
