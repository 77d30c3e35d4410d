#include "bench/report/page/layered_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace ockham::bench {
namespace {

constexpr double kHeight = 40;
const LayoutStyle kStyle;

Layout laid_out(std::size_t boxes, const std::vector<LayoutLink>& links) {
  return layered_layout(std::vector<double>(boxes, kHeight), links, kStyle);
}

std::vector<LayoutLink> chain(int boxes) {
  std::vector<LayoutLink> links;
  for (int i = 1; i < boxes; ++i) links.push_back({i - 1, i});
  return links;
}

/// Links to one or two boxes among the last few before, so that there are branches.
std::vector<LayoutLink> random_links(int boxes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<LayoutLink> links;
  for (int to = 1; to < boxes; ++to) {
    const int back = std::min(to, 6);
    const int first = to - 1 - static_cast<int>(random() % static_cast<std::uint64_t>(back));
    const int second = to - 1 - static_cast<int>(random() % static_cast<std::uint64_t>(back));
    links.push_back({first, to});
    if (second != first) links.push_back({second, to});
  }
  return links;
}

bool overlap(const Point& a, const Point& b) {
  return a.x < b.x + kStyle.box_width && b.x < a.x + kStyle.box_width && a.y < b.y + kHeight &&
         b.y < a.y + kHeight;
}

/// Whether the straight part of a way goes through the box.
bool crosses(const Point& from, const Point& to, const Point& box) {
  return from.x == to.x && box.x < from.x && from.x < box.x + kStyle.box_width &&
         from.y < box.y + kHeight && box.y < to.y;
}

void expect_sound(const Layout& layout, const std::vector<LayoutLink>& links) {
  for (std::size_t a = 0; a < layout.boxes.size(); ++a) {
    const Point& box = layout.boxes[a];
    EXPECT_GE(box.x, 0.0);
    EXPECT_LE(box.x + kStyle.box_width, layout.width + 1e-9);
    EXPECT_LE(box.y + kHeight, layout.height + 1e-9);
    for (std::size_t b = 0; b < a; ++b) {
      EXPECT_FALSE(overlap(box, layout.boxes[b])) << a << " and " << b;
    }
  }
  ASSERT_EQ(layout.routes.size(), links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const Point& source = layout.boxes[static_cast<std::size_t>(links[i].from)];
    const Point& target = layout.boxes[static_cast<std::size_t>(links[i].to)];
    EXPECT_DOUBLE_EQ(layout.routes[i].front().front().y, source.y + kHeight);
    EXPECT_DOUBLE_EQ(layout.routes[i].back().back().y, target.y);
    EXPECT_GT(layout.routes[i].back().back().x, target.x);
    EXPECT_LT(layout.routes[i].back().back().x, target.x + kStyle.box_width);
    for (const Way& way : layout.routes[i]) {
      for (std::size_t p = 1; p < way.size(); ++p) {
        EXPECT_LE(way[p - 1].y, way[p].y) << "down only";
        for (const Point& box : layout.boxes) EXPECT_FALSE(crosses(way[p - 1], way[p], box)) << i;
      }
    }
  }
}

TEST(LayeredLayout, OfNothingIsEmpty) { EXPECT_TRUE(laid_out(0, {}).boxes.empty()); }

TEST(LayeredLayout, AChainGoesStraightDown) {
  const Layout layout = laid_out(3, chain(3));
  EXPECT_EQ(layout.width, kStyle.box_width);
  EXPECT_EQ(layout.boxes[2].x, 0.0);
  EXPECT_EQ(layout.boxes[2].y, 2 * (kHeight + kStyle.row_gap));
  EXPECT_EQ(layout.routes[0][0].front().x, layout.routes[0][0].back().x);
  EXPECT_TRUE(layout.folds.empty());
}

TEST(LayeredLayout, BranchesLieSideBySide) {
  const Layout layout = laid_out(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  EXPECT_EQ(layout.boxes[1].y, layout.boxes[2].y);
  EXPECT_GE(std::abs(layout.boxes[1].x - layout.boxes[2].x), kStyle.box_width);
}

TEST(LayeredLayout, ALinkThatSkipsBoxesPassesBesideThem) {
  const std::vector<LayoutLink> links = {{0, 1}, {1, 2}, {2, 3}, {0, 3}};
  const Layout layout = laid_out(4, links);
  ASSERT_EQ(layout.routes[3][0].size(), 4u);
  EXPECT_LT(layout.routes[3][0][1].x, layout.boxes[1].x);
  EXPECT_LT(layout.routes[3][0].back().x, layout.routes[2][0].back().x) << "ports of their own";
}

TEST(LayeredLayout, ALongNetworkIsFoldedIntoColumns) {
  const std::vector<LayoutLink> links = chain(60);
  const Layout layout = laid_out(60, links);
  ASSERT_FALSE(layout.folds.empty());
  EXPECT_LE(layout.width, kStyle.page_width);
  EXPECT_LT(layout.height, 60 * (kHeight + kStyle.row_gap) / 3);
  EXPECT_GT(layout.boxes.back().x, layout.boxes.front().x + kStyle.box_width);
  expect_sound(layout, links);
}

TEST(LayeredLayout, IsNotFoldedAcrossALinkThatPasses) {
  std::vector<LayoutLink> links = chain(60);
  links.push_back({0, 59});
  EXPECT_EQ(laid_out(60, links).folds.size(), 1u) << "only below the first box";
  links.push_back({1, 58});
  links.push_back({2, 57});
  for (const Fold& fold : laid_out(60, links).folds) {
    EXPECT_LE(fold.end.y, 2 * (kHeight + kStyle.row_gap));
  }
}

TEST(LayeredLayout, NothingOverlapsInRandomNetworks) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const int boxes = 2 + static_cast<int>(seed) % 40;
    const std::vector<LayoutLink> links = random_links(boxes, seed);
    expect_sound(laid_out(static_cast<std::size_t>(boxes), links), links);
  }
}

}  // namespace
}  // namespace ockham::bench
