#include "training/data/augment.h"

namespace ockham::training {

std::int64_t Augmentation::variations() const {
  const std::int64_t places = 2 * crop + 1;
  return places * places * (flip ? 2 : 1);
}

torch::Tensor draw_variations(const Augmentation& augmentation, std::int64_t count,
                              const torch::Generator& generator) {
  return torch::randint(augmentation.variations(), {count}, generator, torch::kInt64);
}

torch::Tensor augment(const torch::Tensor& images, const Augmentation& augmentation,
                      const torch::Tensor& variation) {
  if (!augmentation.any()) return images;
  const int crop = augmentation.crop;
  const std::int64_t count = images.size(0), places = 2 * crop + 1;
  const torch::Tensor number = variation.to(images.device()).unsqueeze(1);
  const auto axis = [&](std::int64_t size) { return torch::arange(size, number.options()); };
  // What each row and column of the result is read from, in the padded image: [N, H] and [N, W].
  const torch::Tensor rows = number % places + axis(images.size(2));
  torch::Tensor columns = number.floor_divide(places) % places + axis(images.size(3));
  if (augmentation.flip) {
    columns = torch::where(number >= places * places, columns.flip(1), columns);
  }
  const torch::Tensor padded = torch::constant_pad_nd(images, {crop, crop, crop, crop});
  // Indexed axes apart from each other come first: [N, H, W, C].
  return padded
      .index({axis(count).reshape({count, 1, 1}), torch::indexing::Slice(), rows.unsqueeze(2),
              columns.unsqueeze(1)})
      .permute({0, 3, 1, 2})
      .contiguous();
}

}  // namespace ockham::training
