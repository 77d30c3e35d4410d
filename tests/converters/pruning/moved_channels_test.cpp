#include "converters/pruning/moved_channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "converters/pruning/conversion.h"
#include "converters/pruning/verify.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using testing::ElementsAre;
using tests::NetworkBuilder;
using Indices = std::vector<std::int64_t>;

std::vector<std::string> operators(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.emplace_back(operator_name(node.op));
  return names;
}

/// conv (8 filters on 6 x 6 images) - reshape - transpose - reshape - last.
Graph moved_network(const Indices& parted, const Indices& order, const Indices& joined) {
  NetworkBuilder net(2);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 8, {.pad = 1});
  x = net.graph().add_node("part", Reshape{parted}, {x});
  x = net.graph().add_node("move", Transpose{order}, {x});
  x = net.graph().add_node("join", Reshape{joined}, {x});
  return net.build(joined.empty() ? net.linear("last", x, 3)
                                  : net.conv("last", x, 3, {.kernel = 1}));
}

/// The same in the other form, after a check that it computes the same.
Graph by_channel(const Graph& graph) {
  Graph moved = gather_moved_channels(graph);
  verify(graph, moved, {}, std::nullopt, 1);
  return moved;
}

/// Filters of "conv" that are left when some are zero.
std::int64_t width_left(Graph graph, const Indices& dead) {
  tests::zero_filters(graph, "conv", dead);
  const Conversion result = convert(graph);
  verify(graph, result.compacted.graph, result.compacted.exact, std::nullopt, 1);
  const Conversion again = convert(result.compacted.graph);
  EXPECT_FALSE(again.plan.changes_anything());
  EXPECT_EQ(operators(again.compacted.graph), operators(result.compacted.graph));
  return std::ranges::find(result.explanation.layers, "conv", &LayerPlan::name)->width_after;
}

TEST(MovedChannels, AShuffleIsAGather) {
  const Graph graph = moved_network({4, 6, 6}, {0, 2, 1, 3, 4}, {6, 6});
  const Graph moved = by_channel(graph);
  EXPECT_THAT(operators(moved), ElementsAre("conv2d", "gather", "conv2d"));
  EXPECT_EQ(std::get<Gather>(moved.nodes[1].op).indices, (Indices{0, 4, 1, 5, 2, 6, 3, 7}));
  EXPECT_EQ(moved.nodes[1].name, "join");
  EXPECT_EQ(width_left(graph, {0, 3, 6}), 5);
}

TEST(MovedChannels, AFlattenOfChannelsLastIsAFlattenAndAGather) {
  NetworkBuilder net(2);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 8, {.pad = 1});
  x = net.graph().add_node("nhwc", Transpose{{0, 2, 3, 1}}, {x});
  const Graph graph = net.build(net.linear("last", net.flatten("flatten", x), 3));
  EXPECT_THAT(operators(by_channel(graph)), ElementsAre("conv2d", "flatten", "gather", "linear"));
  EXPECT_EQ(width_left(graph, {2, 5}), 6);
  EXPECT_THAT(operators(convert(graph).compacted.graph), ElementsAre("conv2d", "flatten", "linear"))
      << "the columns of the linear layer follow";
}

TEST(MovedChannels, PixelsOfChannelsAreDepthToSpaceInAnyOrder) {
  const Graph graph = moved_network({2, 2, 6, 6}, {0, 3, 4, 1, 5, 2}, {12, 12});
  const Graph moved = by_channel(graph);
  EXPECT_THAT(operators(moved), ElementsAre("conv2d", "gather", "depth_to_space", "conv2d"));
  EXPECT_EQ(width_left(graph, {1, 3, 5, 7}), 4) << "one channel of the larger image";
}

TEST(MovedChannels, ChannelsOfPixelsGoWithTheChannelTheyAreOf) {
  const Graph graph = moved_network({3, 2, 3, 2}, {0, 3, 5, 1, 2, 4}, {3, 3});
  EXPECT_THAT(operators(by_channel(graph)),
              ElementsAre("conv2d", "reshape", "transpose", "reshape", "gather", "conv2d"));
  EXPECT_EQ(width_left(graph, {1, 2}), 6);
}

TEST(MovedChannels, WhatMixesChannelsAndPixelsStaysAsItIs) {
  const Graph graph = moved_network({6, 6}, {0, 2, 1, 3}, {6, 8});
  EXPECT_EQ(operators(gather_moved_channels(graph)), operators(graph));
}

TEST(MovedChannels, ThatOthersReadBetweenStayAsTheyAre) {
  NetworkBuilder net(2);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 8, {.pad = 1});
  const ValueId parted = net.graph().add_node("part", Reshape{{4, 6, 6}}, {x});
  const ValueId moved = net.graph().add_node("move", Transpose{{0, 2, 1, 3, 4}}, {parted});
  x = net.graph().add_node("join", Reshape{{6, 6}}, {moved});
  const Graph graph = net.build({net.conv("last", x, 3, {.kernel = 1}), moved});
  EXPECT_EQ(operators(gather_moved_channels(graph)), operators(graph));
}

}  // namespace
}  // namespace ockham::converters
