// The dense network as the teacher of the fine-tune.
#pragma once

#include <torch/torch.h>

#include "training/data/augment.h"
#include "training/data/data.h"
#include "training/torch/torch_graph.h"

namespace ockham::training {

class Teacher {
 public:
  /// Answers for the training images of `data` in all variations. Where these are few enough, what
  /// the network says of each is found at once and kept; it will be asked for `epochs` epochs.
  Teacher(const Graph& dense, const torch::TensorOptions& options, const TrainingData& data,
          const Augmentation& augmentation, int epochs);

  /// Logits [N, classes] for the inputs `x` made of the images that `indices` name, in these
  /// variations. No gradients.
  torch::Tensor logits(const torch::Tensor& x, const torch::Tensor& indices,
                       const torch::Tensor& variation);

 private:
  TorchGraph network_;
  LayerHooks hooks_;
  torch::Tensor kept_;  ///< [variations, images, classes], or undefined
};

/// T^2 KL(teacher || student) at temperature T, averaged over the batch (Hinton et al.,
/// "Distilling the Knowledge in a Neural Network", arXiv 1503.02531).
torch::Tensor distillation(const torch::Tensor& student, const torch::Tensor& teacher);

}  // namespace ockham::training
