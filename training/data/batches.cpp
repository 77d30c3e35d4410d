#include "training/data/batches.h"

#include <algorithm>

#include "runtime/graph/divide_up.h"
namespace ockham::training {

Batches::Batches(const TrainingData& data, const Batching& batching, std::uint64_t seed)
    : data_(data),
      batching_(batching),
      augmenting_(torch::make_generator<torch::CPUGeneratorImpl>(seed + 2)) {
  auto ordering = torch::make_generator<torch::CPUGeneratorImpl>(seed);
  order_ = torch::randperm(data.train.count(), ordering, torch::TensorOptions(torch::kInt64))
               .to(data.train.labels.device());
}

double Batches::done() const {
  return static_cast<double>(first_) / static_cast<double>(data_.train.count());
}

std::int64_t Batches::left() const {
  return divide_up(data_.train.count() - first_, batching_.size);
}

Batch Batches::next() {
  const std::int64_t last = std::min(first_ + batching_.size, data_.train.count());
  const torch::Tensor indices = order_.slice(0, first_, last);
  first_ = last;
  const torch::Tensor variation =
      draw_variations(batching_.augmentation, indices.size(0), augmenting_);
  const torch::Tensor images = data_.train.images.index_select(0, indices);
  return {.indices = indices,
          .variation = variation,
          .inputs = data_.prepared(augment(images, batching_.augmentation, variation)),
          .labels = data_.train.labels.index_select(0, indices)};
}

}  // namespace ockham::training
