#include "runtime/cpu/packed_weights.h"

#include <gtest/gtest.h>

namespace ockham {
namespace {

TEST(PackedWeights, PacksOnceForAllWhoAsk) {
  PackedWeights weights;
  int packed = 0;
  const auto pack = [&](AlignedBuffer& block) {
    ++packed;
    block.floats()[0] = 1.5f;
  };
  const auto first = weights.get("conv1 tiles", 8, pack);
  const auto second = weights.get("conv1 tiles", 8, pack);
  EXPECT_EQ(packed, 1);
  EXPECT_EQ(first->data(), second->data());
  EXPECT_EQ(second->floats()[0], 1.5f);
  EXPECT_EQ(second->floats()[1], 0.0f) << "zero where nothing was packed";
  EXPECT_EQ(weights.bytes(), 8u);
}

TEST(PackedWeights, KeepsLayoutsApart) {
  PackedWeights weights;
  const auto tiles = weights.get("conv1 tiles", 8, [](AlignedBuffer&) {});
  const auto planar = weights.get("conv1 planar", 16, [](AlignedBuffer&) {});
  EXPECT_NE(tiles->data(), planar->data());
  EXPECT_EQ(weights.bytes(), 24u);
}

}  // namespace
}  // namespace ockham
