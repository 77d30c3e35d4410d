// What goes of grouped convolutions: whole groups, and single channels evenly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "converters/pruning/conversion.h"
#include "converters/pruning/verify.h"
#include "runtime/graph/cost.h"
#include "tests/cases/test_networks.h"
#include "tests/converters/pruning/explained.h"

namespace ockham::converters {
namespace {

using testing::HasSubstr;
using tests::NetworkBuilder;

/// first (12 filters) - grouped (3 groups, 4 inputs and 2 filters each) - last.
Graph grouped_network(std::int64_t pad = 1) {
  NetworkBuilder net(3);
  ValueId x = net.conv("first", net.input("x", {Shape::kBatch, 2, 7, 7}), 12, {});
  x = net.conv("grouped", net.relu("relu", x), 6, {.pad = pad, .groups = 3});
  return net.build(net.conv("last", x, 2, {.kernel = 1}));
}

/// Converted once, exactly, and to something that a second conversion leaves alone.
Conversion converted(const Graph& graph) {
  Conversion result = convert(graph);
  verify(graph, result.compacted.graph, result.compacted.exact, std::nullopt, 1);
  EXPECT_FALSE(convert(result.compacted.graph).plan.changes_anything());
  return result;
}

const LayerPlan& layer(const Conversion& conversion, const std::string& name) {
  return layer(conversion.explanation, name);
}

/// Groups, inputs and filters of the layer.
std::vector<std::int64_t> form(const Graph& graph, const std::string& name) {
  const Node& node = *std::ranges::find(graph.nodes, name, &Node::name);
  const Shape& weight = graph.value(node.inputs[1]).shape;
  const std::int64_t groups = std::get<Conv2d>(node.op).groups;
  return {groups, weight[1] * groups, weight[0]};
}

TEST(GroupedConvolutions, LoseOneInputOfEachGroup) {
  Graph graph = grouped_network();
  tests::zero_filters(graph, "first", {1, 4, 11});
  const Conversion result = converted(graph);
  EXPECT_EQ(form(result.compacted.graph, "grouped"), (std::vector<std::int64_t>{3, 9, 6}));
  EXPECT_EQ(layer(result, "first").width_after, 9);
}

TEST(GroupedConvolutions, LoseOneFilterOfEachGroup) {
  Graph graph = grouped_network();
  tests::zero_filters(graph, "grouped", {1, 2, 5});
  EXPECT_EQ(form(converted(graph).compacted.graph, "grouped"),
            (std::vector<std::int64_t>{3, 12, 3}));
}

TEST(GroupedConvolutions, KeepWhatWouldMakeThemUneven) {
  Graph graph = grouped_network();
  tests::zero_filters(graph, "first", {0, 1, 4, 8});
  const Conversion result = converted(graph);
  EXPECT_EQ(form(result.compacted.graph, "grouped"), (std::vector<std::int64_t>{3, 9, 6}));
  EXPECT_THAT(layer(result, "first").reason,
              HasSubstr("1 filter is kept, as the groups of grouped stay of one size"));
}

TEST(GroupedConvolutions, LoseWholeGroups) {
  Graph graph = grouped_network();
  tests::zero_filters(graph, "first", {4, 5, 6, 7});
  tests::zero_filters(graph, "grouped", {2, 3});
  const Conversion result = converted(graph);
  EXPECT_EQ(form(result.compacted.graph, "grouped"), (std::vector<std::int64_t>{2, 8, 4}));
  EXPECT_THAT(layer(result, "grouped").reason, HasSubstr("2 of 3 groups are left"));
}

TEST(GroupedConvolutions, OfWhichOneGroupIsLeftAreOrdinaryOnes) {
  Graph graph = grouped_network();
  tests::zero_filters(graph, "grouped", {0, 1, 2, 3});
  const Conversion result = converted(graph);
  EXPECT_EQ(form(result.compacted.graph, "grouped"), (std::vector<std::int64_t>{1, 4, 2}));
  EXPECT_EQ(layer(result, "first").width_after, 4);
}

TEST(GroupedConvolutions, WithOneInputForEachGroupAreDepthwise) {
  Graph graph = grouped_network();
  tests::zero_filters(graph, "first", {0, 1, 2, 4, 5, 7, 9, 10, 11});
  EXPECT_EQ(form(converted(graph).compacted.graph, "grouped"),
            (std::vector<std::int64_t>{3, 3, 6}));
}

TEST(GroupedConvolutions, LoseTheirGroupsWhereThatIsCheaper) {
  Graph graph = grouped_network();
  tests::zero_filters(graph, "first", {0, 1, 2, 4, 5, 6});  // 1, 1 and 4 inputs are left
  tests::zero_filters(graph, "grouped", {0, 2});            // 1, 1 and 2 filters
  const Conversion result = converted(graph);
  EXPECT_EQ(form(result.compacted.graph, "grouped"), (std::vector<std::int64_t>{3, 12, 6}))
      << "6 x 4 = 24 weights are no fewer than 3 x 4 x 2";
  tests::zero_filters(graph, "grouped", {0, 1, 2});  // the first group goes, 1 and 2 are left
  tests::zero_filters(graph, "first", {3});
  const Conversion fewer = converted(graph);
  EXPECT_EQ(form(fewer.compacted.graph, "grouped"), (std::vector<std::int64_t>{1, 5, 3}))
      << "5 x 3 weights are fewer than 2 x 4 x 2";
  EXPECT_THAT(layer(fewer, "grouped").reason, HasSubstr("without its 3 groups"));
  EXPECT_EQ(layer(fewer, "grouped").macs_before, cost(graph).nodes[2].macs);
}

// Each group's constants end in its own bias, or, behind a border of zeros, in an input of its own.
TEST(GroupedConvolutions, FoldConstantsGroupByGroup) {
  for (const std::int64_t pad : {0, 1}) {
    Graph graph = grouped_network(pad);
    tests::zero_slices(graph, "first.weight", 0, {0, 1, 4, 5, 8, 9});
    tests::set_elements(graph, "first.bias", {2, 3, 0, 0, 4, 5, 0, 0, 6, 7, 0, 0});
    const Conversion result = converted(graph);
    EXPECT_EQ(layer(result, "first").width_after, pad == 0 ? 6 : 9);
    EXPECT_EQ(result.plan.foldings.size(), 3u);
  }
}

}  // namespace
}  // namespace ockham::converters
