// A data set on the training device, split into training, validation and test images.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>

#include "datasets/datasets.h"
#include "training/state/settings.h"

namespace ockham::training {

/// Images as bytes [N, C, H, W] and labels [N], on the device.
struct LabelledImages {
  torch::Tensor images;
  torch::Tensor labels;

  std::int64_t count() const { return images.size(0); }
};

struct TrainingData {
  LabelledImages train, validation, test;
  InputPreprocessing preprocessing;
  Shape image;                                          ///< [C, H, W]
  datasets::Layout layout = datasets::Layout::kPlanes;  ///< as the network takes images
  std::int64_t classes = 0;

  /// Images [N, C, H, W] of bytes as the network's input, float32, in its layout.
  torch::Tensor prepared(const torch::Tensor& images) const;
};

/// Loads the data set; the validation images are drawn at random (by seed) out of the training set.
/// Pictures of the user's own are fitted to `image` [C, H, W] where it is given.
TrainingData load_data(const Settings& settings, const std::optional<Shape>& image,
                       const torch::Device& device);

}  // namespace ockham::training
