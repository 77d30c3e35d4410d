// Fine-tuning: a network whose structure stays learns from labels and from the dense network.
#pragma once

#include <cstdint>

#include "training/data/batches.h"
#include "training/learning/optimizer.h"
#include "training/learning/teacher.h"

namespace ockham::training {

/// The network's tensors that require gradients.
std::vector<Parameter> trainable_parameters(TorchGraph& network);

/// Cross entropy and distillation from the teacher, weighted; with gradients.
torch::Tensor finetune_loss(TorchGraph& network, LayerHooks& hooks, const Batch& batch,
                            Teacher& teacher);

/// The learning rate of a step of fine-tuning, `done` of whose steps are over.
double finetune_rate(double done);

/// Fine-tunes by so many steps, with the whole course of the rate. Draws from `seed` and the
/// numbers behind it.
void finetune_briefly(TorchGraph& network, const TrainingData& data, const Batching& batching,
                      std::int64_t steps, std::uint64_t seed, Teacher& teacher);

}  // namespace ockham::training
