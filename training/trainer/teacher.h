// The dense network as the teacher of the fine-tune.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "training/torch/torch_graph.h"
#include "training/trainer/data.h"

namespace ockham::training {

class Teacher {
 public:
  /// Answers for the training images of `data`. Where these are always the same (`fixed`), what the
  /// network says of each is found once and kept.
  Teacher(const Graph& dense, const torch::TensorOptions& options, const TrainingData& data,
          bool fixed);

  /// Logits [N, classes] for the inputs `x` made of the images that `indices` name. No gradients.
  torch::Tensor logits(const torch::Tensor& x, const torch::Tensor& indices);

 private:
  TorchGraph network_;
  LayerHooks hooks_;
  torch::Tensor kept_;
};

/// T^2 KL(teacher || student) at temperature T, averaged over the batch (Hinton et al.,
/// "Distilling the Knowledge in a Neural Network", arXiv 1503.02531).
torch::Tensor distillation(const torch::Tensor& student, const torch::Tensor& teacher);

}  // namespace ockham::training
