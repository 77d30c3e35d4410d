#include "converters/channels/group_colours.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

std::map<std::string, int> colours_of(const Graph& graph, int colours) {
  std::map<std::string, int> by_name;
  for (const DrawnChannels& drawn :
       group_colours(graph, *channel_structure(graph), colours).drawn) {
    by_name[drawn.name] = drawn.colour;
  }
  return by_name;
}

TEST(GroupColours, GroupsThatMayNotBeCutHaveNone) {
  const std::map<std::string, int> colours = colours_of(tests::lenet5(1), 6);
  EXPECT_EQ(colours.at("fc2"), -1);
  EXPECT_GE(colours.at("conv1"), 0);
}

TEST(GroupColours, GroupsThatMeetDifferAlthoughColoursRepeat) {
  tests::NetworkBuilder net(1);
  ValueId x = net.conv("stem", net.input("x", {Shape::kBatch, 1, 6, 6}), 2, {.pad = 1});
  for (int i = 0; i < 8; ++i) {
    const ValueId inner = net.conv("inner" + std::to_string(i), x, 3, {.pad = 1});
    x = net.add("add" + std::to_string(i), x,
                net.conv("outer" + std::to_string(i), inner, 2, {.pad = 1}));
  }
  const std::map<std::string, int> colours = colours_of(net.build(net.conv("end", x, 1, {})), 3);
  for (int i = 0; i < 8; ++i) {
    const int inner = colours.at("inner" + std::to_string(i));
    EXPECT_NE(inner, colours.at("stem")) << "all outer ones belong to the stem's group";
    EXPECT_GE(inner, 0);
    EXPECT_LT(inner, 3);
  }
}

TEST(GroupColours, WhatAConcatMakesHasAColourOfItsOwn) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 2, {.kernel = 1}), b = net.conv("b", x, 3, {.kernel = 1});
  const ValueId all = net.relu("relu", net.concat("concat", {x, a, b}));
  const Graph graph = net.build(net.conv("next", all, 1, {.kernel = 1}));
  const Colouring found = group_colours(graph, *channel_structure(graph), 6);
  const auto drawn = [&](const std::string& value) {
    return found.of_value[static_cast<std::size_t>(graph.find_value(value))];
  };
  EXPECT_EQ(drawn("relu"), drawn("concat"));
  const DrawnChannels& concat = found.drawn[static_cast<std::size_t>(drawn("concat"))];
  EXPECT_EQ(concat.name, "concat");
  EXPECT_EQ(concat.width, 6);
  EXPECT_EQ(concat.groups.size(), 3u);
  EXPECT_GE(concat.colour, 0) << "though the input may not be cut";
  EXPECT_NE(concat.colour, found.drawn[static_cast<std::size_t>(drawn("a"))].colour);
}

TEST(GroupColours, OneColourIsEnoughToGoOn) {
  for (const auto& [name, colour] : colours_of(tests::lenet5(1), 1)) EXPECT_LE(colour, 0) << name;
}

}  // namespace
}  // namespace ockham::converters
