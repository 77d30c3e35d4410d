// LibTorch tensors into and out of checkpoints.
#pragma once

#include <torch/torch.h>

#include <string>

#include "training/checkpoint/checkpoint.h"

namespace ockham::training {

/// Copies a float32, float64, int64 or uint8 tensor.
Tensor to_stored(const torch::Tensor& tensor);

/// The stored tensor, checked to have the shape and element type of `like`, on its device.
torch::Tensor from_stored(const Checkpoint& checkpoint, const std::string& name,
                          const torch::Tensor& like);

}  // namespace ockham::training
