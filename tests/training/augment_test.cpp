#include "training/data/augment.h"

#include <gtest/gtest.h>

#include <set>

namespace ockham::training::test {
namespace {

torch::Tensor draw(const Augmentation& augmentation, std::int64_t count, std::uint64_t seed = 1) {
  return draw_variations(augmentation, count, torch::make_generator<torch::CPUGeneratorImpl>(seed));
}

torch::Tensor augmented(const torch::Tensor& images, const Augmentation& augmentation) {
  return augment(images, augmentation, draw(augmentation, images.size(0)));
}

/// Bytes [count, 2, 3, 4], no two of an image alike, none 0.
torch::Tensor numbered_images(std::int64_t count) {
  return torch::arange(1, 25, torch::kUInt8).reshape({1, 2, 3, 4}).repeat({count, 1, 1, 1});
}

/// Which crop of the image, padded by `crop`, `found` is: row and column; -1 where it is none.
std::pair<int, int> offset_of(const torch::Tensor& found, const torch::Tensor& image, int crop) {
  const torch::Tensor padded = torch::constant_pad_nd(image, {crop, crop, crop, crop});
  for (int row = 0; row <= 2 * crop; ++row) {
    for (int column = 0; column <= 2 * crop; ++column) {
      const torch::Tensor window =
          padded.slice(1, row, row + image.size(1)).slice(2, column, column + image.size(2));
      if (torch::equal(window, found)) return {row, column};
    }
  }
  return {-1, -1};
}

TEST(Augment, LeavesImagesAloneWhenNothingIsAsked) {
  const torch::Tensor images = numbered_images(3);
  EXPECT_TRUE(torch::equal(augmented(images, {}), images));
}

TEST(Augment, CropsEachImageOnItsOwn) {
  const torch::Tensor images = numbered_images(400);
  const torch::Tensor cropped = augmented(images, {.crop = 1});
  ASSERT_EQ(cropped.sizes(), images.sizes());
  ASSERT_EQ(cropped.scalar_type(), torch::kUInt8);
  std::set<std::pair<int, int>> offsets;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    offsets.insert(offset_of(cropped[i], images[i], 1));
  }
  EXPECT_EQ(offsets.size(), 9u);
  EXPECT_FALSE(offsets.contains({-1, -1})) << "all channels are moved alike, the border is black";
}

TEST(Augment, FlipsAboutHalf) {
  const torch::Tensor images = numbered_images(400);
  const torch::Tensor flipped = augmented(images, {.flip = true});
  int turned = 0;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const bool same = torch::equal(flipped[i], images[i]);
    ASSERT_TRUE(same || torch::equal(flipped[i], images[i].flip(2)));
    turned += same ? 0 : 1;
  }
  EXPECT_GT(turned, 150);
  EXPECT_LT(turned, 250);
}

TEST(Augment, MakesEveryVariationOnce) {
  const Augmentation both{.crop = 1, .flip = true};
  ASSERT_EQ(both.variations(), 18);
  const torch::Tensor images = numbered_images(18);
  const torch::Tensor all = augment(images, both, torch::arange(18, torch::kInt64));
  for (std::int64_t i = 0; i < 18; ++i) {
    for (std::int64_t j = 0; j < i; ++j) EXPECT_FALSE(torch::equal(all[i], all[j])) << i << j;
  }
}

TEST(Augment, DrawsTheSameForTheSameSeed) {
  const Augmentation both{.crop = 2, .flip = true};
  EXPECT_TRUE(torch::equal(draw(both, 50, 7), draw(both, 50, 7)));
  EXPECT_FALSE(torch::equal(draw(both, 50, 7), draw(both, 50, 8)));
}

}  // namespace
}  // namespace ockham::training::test
