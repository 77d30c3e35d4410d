#include "converters/channels/group_colours.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

std::map<std::string, int> colours_of(const Graph& graph, int colours) {
  const std::vector<ChannelGroup> groups = channel_groups(graph);
  const std::vector<int> numbers = group_colours(graph, groups, colours);
  std::map<std::string, int> by_name;
  for (std::size_t i = 0; i < groups.size(); ++i) by_name[groups[i].name] = numbers[i];
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

TEST(GroupColours, OneColourIsEnoughToGoOn) {
  for (const auto& [name, colour] : colours_of(tests::lenet5(1), 1)) EXPECT_LE(colour, 0) << name;
}

}  // namespace
}  // namespace ockham::converters
