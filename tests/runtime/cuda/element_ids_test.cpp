#include "runtime/cuda/element_ids.h"

#include <gmock/gmock.h>

namespace ockham::cuda {
namespace {

using testing::ElementsAre;
using testing::Optional;

constexpr std::int64_t kN = Shape::kBatch;

TEST(ElementIds, MoveAsAnOperatorMovesElements) {
  const Shape shape{kN, 2, 2};
  const ElementIds x = consecutive_ids(5, 4);
  EXPECT_THAT(moved(Gather{{1, Gather::kZero}}, {&shape, 1}, {&x, 1}, shape),
              ElementsAre(7, 8, kZeroElement, kZeroElement));
  EXPECT_THAT(moved(Flatten{}, {&shape, 1}, {&x, 1}, {kN, 4}), ElementsAre(5, 6, 7, 8));
}

TEST(ElementIds, OfAPadHaveTheNumberOfItsFilling) {
  const Shape shape{kN, 1, 2};
  const ElementIds x = consecutive_ids(5, 2);
  const Pad pad{.begin = {1}, .end = {0}, .value = 0.5f};
  EXPECT_THAT(moved(pad, {&shape, 1}, {&x, 1}, {kN, 1, 3}, 99), ElementsAre(99, 5, 6));
}

TEST(ElementIds, AreRepeatedAsOperandsAre) {
  EXPECT_THAT(repeated({3, 4}, {2, 1}, {kN, 2, 2}), ElementsAre(3, 3, 4, 4));
  EXPECT_THAT(repeated({3, 4}, {kN, 1, 2}, {kN, 2, 2}), ElementsAre(3, 4, 3, 4));
}

TEST(ElementIds, TellWhatIsInOrder) {
  EXPECT_THAT(first_of(ElementIds{4, 5, 6}), Optional(4));
  EXPECT_EQ(first_of(ElementIds{4, 6}), std::nullopt);
  EXPECT_EQ(first_of(ElementIds{kZeroElement, 1}), std::nullopt);
}

TEST(ElementIds, TellPlanesWithRowsAtOneDistance) {
  const auto planes = as_planes(ElementIds{8, 9, 12, 13, 0, 0, 0, 0, 20, 21, 24, 25}, 3, 2);
  EXPECT_EQ(planes, (ElementPlanes{.firsts = {8, 0, 20}, .row = 4}));
  EXPECT_EQ(plane_distance(*planes), std::nullopt) << "one is zeros";
  EXPECT_EQ(as_planes(ElementIds{8, 9, 4, 3}, 2, 2), std::nullopt);
  EXPECT_EQ(as_planes(ElementIds{8, 9, 12, 13, 20, 21, 25, 26}, 2, 2), std::nullopt);
}

TEST(ElementIds, TellPlanesAtOneDistance) {
  EXPECT_THAT(plane_distance({.firsts = {8, 20, 32}, .row = 4}), Optional(12));
  EXPECT_EQ(plane_distance({.firsts = {8, 20, 33}, .row = 4}), std::nullopt);
}

TEST(ElementIds, OfSeveralBuffersAreNoImage) {
  const ElementId other = kBufferSpacing;
  EXPECT_EQ(as_planes(ElementIds{1, 2, other, other + 1}, 1, 2), std::nullopt);
  EXPECT_EQ(plane_distance({.firsts = {1, other}, .row = 2}), std::nullopt);
}

TEST(ElementIds, KnowWhatOnlyMoves) {
  EXPECT_TRUE(only_moves(Concat{}));
  EXPECT_TRUE(only_moves(Pad{}));
  EXPECT_FALSE(only_moves(Unary{}));
  EXPECT_FALSE(only_moves(Resize{.kind = ResizeKind::kLinear}));
}

}  // namespace
}  // namespace ockham::cuda
