#include "training/trainer/augment.h"

namespace ockham::training {
namespace {

/// [count, size]: for each image, the places in the padded image that one axis is read from.
torch::Tensor crop_indices(std::int64_t count, std::int64_t size, int crop,
                           const torch::Generator& generator) {
  const torch::Tensor offsets = torch::randint(2 * crop + 1, {count, 1}, generator, torch::kInt64);
  return offsets + torch::arange(size, torch::kInt64);
}

/// Reverses every second row of `indices`, drawn at random.
torch::Tensor flip_some(const torch::Tensor& indices, const torch::Generator& generator) {
  const torch::Tensor which =
      torch::randint(2, {indices.size(0), 1}, generator, torch::kInt64).to(torch::kBool);
  return torch::where(which, indices.flip(1), indices);
}

}  // namespace

torch::Tensor augment(const torch::Tensor& images, const Augmentation& augmentation,
                      torch::Generator generator) {
  if (!augmentation.any()) return images;
  const std::int64_t count = images.size(0);
  const int crop = augmentation.crop;
  const torch::Tensor rows = crop_indices(count, images.size(2), crop, generator);
  torch::Tensor columns = crop_indices(count, images.size(3), crop, generator);
  if (augmentation.flip) columns = flip_some(columns, generator);
  const torch::Tensor padded = torch::constant_pad_nd(images, {crop, crop, crop, crop});
  const auto device = images.device();
  const torch::Tensor each = torch::arange(count, torch::kInt64).reshape({count, 1, 1});
  // Indexed axes apart from each other come first: [N, H, W, C].
  return padded
      .index({each.to(device), torch::indexing::Slice(), rows.unsqueeze(2).to(device),
              columns.unsqueeze(1).to(device)})
      .permute({0, 3, 1, 2})
      .contiguous();
}

}  // namespace ockham::training
