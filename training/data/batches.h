// Batches: the training images of an epoch, in random order and, where they are augmented, in
// random variations.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "training/data/augment.h"
#include "training/data/data.h"

namespace ockham::training {

/// Images of one step.
struct Batch {
  torch::Tensor indices;    ///< among the training images
  torch::Tensor variation;  ///< each image's
  torch::Tensor inputs;     ///< prepared
  torch::Tensor labels;
};

/// How the images of an epoch are shared out.
struct Batching {
  Augmentation augmentation;
  std::int64_t size = 128;  ///< images of a batch
};

class Batches {
 public:
  /// All that is random is drawn from `seed` and the number behind it but one. `data` must outlive
  /// this.
  Batches(const TrainingData& data, const Batching& batching, std::uint64_t seed);

  /// The next ones, fewer at the end. Must not be asked for at the end.
  Batch next();
  /// Share of the epoch's images that came before the next batch.
  double done() const;
  /// How many are left.
  std::int64_t left() const;

 private:
  const TrainingData& data_;
  Batching batching_;
  std::int64_t first_ = 0;
  torch::Tensor order_;
  torch::Generator augmenting_;
};

}  // namespace ockham::training
