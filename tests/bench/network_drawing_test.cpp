#include "bench/report/page/network_drawing.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "tests/bench/sample_networks.h"
#include "tests/cases/test_networks.h"

namespace ockham::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::NetworkBuilder;

/// The box whose hint starts with the node's name.
int box_of(const NetworkDrawing& drawing, const std::string& node) {
  for (std::size_t i = 0; i < drawing.boxes.size(); ++i) {
    if (drawing.boxes[i].hint.starts_with(node + ":")) return static_cast<int>(i);
  }
  throw std::out_of_range(node);
}

const DrawnBox& box(const NetworkDrawing& drawing, const std::string& node) {
  return drawing.boxes[static_cast<std::size_t>(box_of(drawing, node))];
}

const DrawnGroup& group_of(const NetworkDrawing& drawing, const std::string& node) {
  return drawing.groups[static_cast<std::size_t>(box(drawing, node).group)];
}

TEST(NetworkDrawing, SaysWhatEachLayerHadAndHas) {
  const ModelContents model = tests::small_model(tests::Widths{}, tests::Widths{3, 5, 7});
  const NetworkDrawing drawing = draw_network(model.graph, model.provenance);
  const DrawnBox& conv1 = box(drawing, "conv1");
  EXPECT_EQ(conv1.title, "conv1");
  EXPECT_EQ(conv1.detail, "conv 3×3, 3 of 8 + relu");
  EXPECT_DOUBLE_EQ(conv1.kept, 3.0 / 8.0);
  EXPECT_TRUE(conv1.makes);
  EXPECT_EQ(group_of(drawing, "conv1").dense_width, 8);
  const DrawnBox& pool = box(drawing, "pool1");
  EXPECT_EQ(pool.title, "");
  EXPECT_FALSE(pool.makes);
  EXPECT_EQ(pool.group, conv1.group);
}

TEST(NetworkDrawing, AHistoryOfAnotherWidthIsNotBelieved) {
  ModelContents model = tests::small_model(tests::Widths{}, tests::Widths{3, 5, 7});
  for (LayerHistory& layer : model.provenance.layers) layer.width += 1;
  const NetworkDrawing drawing = draw_network(model.graph, model.provenance);
  EXPECT_EQ(box(drawing, "conv1").detail, "conv 3×3, 3 + relu");
  EXPECT_LT(box(drawing, "conv1").kept, 0.0);
  EXPECT_EQ(group_of(drawing, "conv1").dense_width, 0);
}

TEST(NetworkDrawing, CoupledLayersShareAGroup) {
  const NetworkDrawing drawing = draw_network(tests::residual_network(1), {});
  EXPECT_EQ(box(drawing, "conv0").group, box(drawing, "conv2").group);
  EXPECT_NE(box(drawing, "conv0").group, box(drawing, "conv1").group);
  EXPECT_THAT(group_of(drawing, "conv2").makers, ElementsAre("conv0", "conv2"));
  EXPECT_THAT(group_of(drawing, "conv2").readers, ElementsAre("conv1", "fc"));
  EXPECT_EQ(group_of(drawing, "fc").why_not, "output of the network");
}

TEST(NetworkDrawing, WhatIsReadTwiceHasABoxOfItsOwn) {
  NetworkBuilder net(1);
  const ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 1, 6, 6}), 2, {.pad = 1});
  const ValueId relu = net.relu("relu", x);
  const NetworkDrawing drawing = draw_network(net.build(net.add("add", x, relu)), {});
  EXPECT_NE(box_of(drawing, "conv"), box_of(drawing, "relu"));
  EXPECT_EQ(drawing.boxes.size(), 5u) << "input, conv, relu, add, output";
  EXPECT_EQ(drawing.links.size(), 5u);
}

TEST(NetworkDrawing, LinksLeadDownwardsInRandomNetworks) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const NetworkDrawing drawing = draw_network(tests::random_network(seed), {});
    for (const DrawnLink& link : drawing.links) {
      EXPECT_LT(link.from, link.to) << seed;
      EXPECT_LT(static_cast<std::size_t>(link.to), drawing.boxes.size());
    }
    for (const DrawnBox& one : drawing.boxes) {
      EXPECT_LT(static_cast<std::size_t>(one.group), drawing.groups.size());
    }
  }
}

}  // namespace
}  // namespace ockham::bench
