// Where training computes.
#pragma once

#include <torch/torch.h>

#include <string>

namespace ockham::training {

/// The device that `name` ("cpu" or "cuda") means. Opens LibTorch's CUDA part when it is asked for.
/// Throws Error(kUnsupported) where there is no GPU.
torch::Device find_device(const std::string& name);

/// Computes with so many threads from now on, which flush subnormals: they cost a hundred times a
/// normal number, and pruning drives weights through them.
void use_threads(int threads);

}  // namespace ockham::training
