#include "runtime/cpu/strided_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace ockham::cpu {
namespace {

/// A source of these extents, whose axes are in another order in the result.
void expect_moved(const std::vector<std::int64_t>& extents, const std::vector<int>& order) {
  constexpr std::int64_t kBatch = 3;
  std::vector<std::int64_t> strides(extents.size());
  std::int64_t image = 1;
  for (std::size_t i = extents.size(); i-- > 0;) {
    strides[i] = image;
    image *= extents[i];
  }
  std::vector<StridedCopy::Axis> axes;
  for (const int axis : order) {
    axes.push_back(
        {extents[static_cast<std::size_t>(axis)], strides[static_cast<std::size_t>(axis)]});
  }
  std::vector<float> x(static_cast<std::size_t>(kBatch * image)), y(x.size() + 1, -1.0f);
  std::iota(x.begin(), x.end(), 0.0f);
  ThreadPool threads(2);
  StridedCopy(axes).run(threads, kBatch, x.data(), y.data());
  for (std::int64_t i = 0; i < kBatch * image; ++i) {
    std::int64_t from = i / image * image, left = i % image;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
      from += left % axis->extent * axis->stride;
      left /= axis->extent;
    }
    ASSERT_EQ(y[static_cast<std::size_t>(i)], x[static_cast<std::size_t>(from)]) << i;
  }
  EXPECT_EQ(y.back(), -1.0f);
}

TEST(StridedCopy, TakesAnyOrderOfAxes) {
  for (const std::vector<std::int64_t>& extents :
       {std::vector<std::int64_t>{3, 4, 5, 2}, {1, 6, 1, 7}, {40, 1, 1, 30}, {2, 20, 17, 5}}) {
    std::vector<int> order = {0, 1, 2, 3};
    do {
      SCOPED_TRACE(testing::PrintToString(order));
      expect_moved(extents, order);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST(StridedCopy, OfOneElementCopiesIt) { expect_moved({1, 1}, {1, 0}); }

}  // namespace
}  // namespace ockham::cpu
