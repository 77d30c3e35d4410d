// What a network answers, over whole sets of images.
#pragma once

#include <torch/torch.h>

#include "training/data/data.h"
#include "training/torch/torch_graph.h"

namespace ockham::training {

/// Logits [batch, classes] for prepared images: the network's answers, or, where it ends in a
/// softmax, their logarithms.
torch::Tensor logits_of_batch(TorchGraph& network, LayerHooks& hooks, const torch::Tensor& inputs,
                              Mode mode);

/// Logits [N, classes] of every image, running statistics in use, no gradients.
torch::Tensor logits_of(TorchGraph& network, LayerHooks& hooks, const TrainingData& data,
                        const LabelledImages& set);

/// Share of images whose largest logit is not that of their label, in percent.
double error_percent(TorchGraph& network, LayerHooks& hooks, const TrainingData& data,
                     const LabelledImages& set);

/// The same of always answering the most frequent label.
double guessing_error_percent(const LabelledImages& set);

}  // namespace ockham::training
