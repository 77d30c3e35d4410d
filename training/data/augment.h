// Random changes of training images that leave their labels true.
#pragma once

#include <torch/torch.h>

namespace ockham::training {

struct Augmentation {
  int crop = 0;       ///< pixels of black border, out of which the image's size is cropped
  bool flip = false;  ///< left and right, every second time

  bool any() const { return crop > 0 || flip; }
  /// In how many ways an image can come out: every place of the crop, flipped or not.
  std::int64_t variations() const;
};

/// Which variation each of `count` images shall be: [count], int64, 0 to variations() - 1, drawn
/// from `generator` (of the CPU).
torch::Tensor draw_variations(const Augmentation& augmentation, std::int64_t count,
                              const torch::Generator& generator);

/// Images [N, C, H, W] of any type, each in the variation [N] that is given for it.
torch::Tensor augment(const torch::Tensor& images, const Augmentation& augmentation,
                      const torch::Tensor& variation);

}  // namespace ockham::training
