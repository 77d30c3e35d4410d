// Random changes of training images that leave their labels true.
#pragma once

#include <torch/torch.h>

namespace ockham::training {

struct Augmentation {
  int crop = 0;       ///< pixels of black border, out of which the image's size is cropped
  bool flip = false;  ///< left and right, every second time

  bool any() const { return crop > 0 || flip; }
};

/// Images [N, C, H, W] of any type, each with a crop and a flip of its own; draws from `generator`,
/// of the CPU.
torch::Tensor augment(const torch::Tensor& images, const Augmentation& augmentation,
                      torch::Generator generator);

}  // namespace ockham::training
