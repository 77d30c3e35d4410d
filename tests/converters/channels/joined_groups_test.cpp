#include "converters/channels/joined_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::NetworkBuilder;

MATCHER_P3(IsPart, group, width, block, "") {
  return arg.group == group && arg.width == width && arg.block == block;
}

TEST(JoinedGroups, NamesWhatIsJoinedInOrder) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2, 4, 4});
  const ValueId a = net.relu("relu", net.conv("a", x, 3, {.kernel = 1}));
  const ValueId joined = net.concat("joined", {a, x, a});
  const Graph graph = net.build(net.conv("next", net.batch_norm("bn", joined), 2, {.kernel = 1}));
  const std::vector<JoinedGroup> groups = joined_groups(graph);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].group.name, "joined");
  EXPECT_EQ(groups[0].group.width, 8);
  EXPECT_EQ(groups[0].group.consumers.size(), 1u);
  EXPECT_THAT(groups[0].parts,
              ElementsAre(IsPart("a", 3, 1), IsPart("x", 2, 1), IsPart("a", 3, 1)));
  EXPECT_TRUE(groups[0].has_part("x"));
  EXPECT_FALSE(groups[0].has_part("next"));
}

TEST(JoinedGroups, NamesPartsOfPartsAndHowManyChannelsEachHas) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 2, 2});
  const ValueId a = net.conv("a", x, 3, {.kernel = 1}), b = net.conv("b", x, 2, {.kernel = 1});
  const ValueId inner = net.flatten("flatten", net.concat("inner", {a, b}));
  const ValueId c = net.linear("c", net.flatten("flatten2", x), 6);
  const Graph graph = net.build(net.linear("next", net.concat("outer", {c, inner}), 2));
  const std::vector<JoinedGroup> groups = joined_groups(graph);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_THAT(groups[0].parts, ElementsAre(IsPart("a", 3, 1), IsPart("b", 2, 1)));
  EXPECT_THAT(groups[1].parts,
              ElementsAre(IsPart("c", 6, 1), IsPart("a", 3, 4), IsPart("b", 2, 4)));
  EXPECT_EQ(groups[1].group.width, 26);
}

TEST(JoinedGroups, LeavesOutWhatOthersAddTo) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const auto conv = [&](const std::string& name, std::int64_t filters) {
    return net.conv(name, x, filters, {.kernel = 1});
  };
  const ValueId sum =
      net.add("sum", net.concat("joined", {conv("a", 3), conv("b", 2)}), conv("c", 5));
  const ValueId twice = net.add("twice", net.concat("left", {conv("d", 1), conv("e", 4)}),
                                net.concat("right", {conv("f", 4), conv("g", 1)}));
  const ValueId rows = net.concat("rows", {sum, twice}, 2);
  EXPECT_THAT(joined_groups(net.build(net.conv("next", rows, 2, {.kernel = 1}))), IsEmpty());
}

}  // namespace
}  // namespace ockham::converters
