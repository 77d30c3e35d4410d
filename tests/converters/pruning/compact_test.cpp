#include "converters/pruning/compact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "converters/pruning/verify.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using tests::NetworkBuilder;
using Indices = std::vector<std::int64_t>;

PruningPlan plan_of(const Graph& graph) {
  return plan_pruning(graph, channel_structure(graph), analyse(graph));
}
Compacted compact(const Graph& graph) { return compact(graph, plan_of(graph)); }

std::vector<float> elements(const Graph& graph, const std::string& constant) {
  const auto floats = graph.value(graph.find_value(constant)).constant.floats;
  return {floats.begin(), floats.end()};
}

Shape shape(const Graph& graph, const std::string& value) {
  return graph.value(graph.find_value(value)).shape;
}

const std::vector<Indices>& kept(const Compacted& compacted, const std::string& constant) {
  const auto found = std::ranges::find(compacted.kept, constant, &KeptIndices::constant);
  if (found == compacted.kept.end()) throw std::out_of_range(constant);
  return found->parts.at(0);
}

Agreement verified(const Graph& masked, const Compacted& compacted) {
  return verify(masked, compacted.graph, compacted.exact, std::nullopt, 1);
}

/// fc1 (3 neurons, the second constant 2, the third 0) - fc2, all numbers by hand.
Graph hand_worked(bool with_bias) {
  NetworkBuilder net(1);
  const ValueId x = net.linear("fc1", net.input("x", {Shape::kBatch, 2}), 3);
  Graph graph = net.build(net.linear("fc2", x, 2, with_bias));
  tests::set_elements(graph, "fc1.weight", {1, 2, 0, 0, 0, 0});
  tests::set_elements(graph, "fc1.bias", {5, 2, 0});
  tests::set_elements(graph, "fc2.weight", {1, 10, 7, 3, 20, 8});
  if (with_bias) tests::set_elements(graph, "fc2.bias", {0.5f, 0.25f});
  return graph;
}

TEST(Compact, SlicesWeightsAndFoldsConstants) {
  const Compacted compacted = compact(hand_worked(true));
  EXPECT_EQ(shape(compacted.graph, "fc1.weight"), (Shape{1, 2}));
  EXPECT_THAT(elements(compacted.graph, "fc1.weight"), ElementsAre(1, 2));
  EXPECT_THAT(elements(compacted.graph, "fc1.bias"), ElementsAre(5));
  EXPECT_EQ(shape(compacted.graph, "fc2.weight"), (Shape{2, 1}));
  EXPECT_THAT(elements(compacted.graph, "fc2.weight"), ElementsAre(1, 3));
  EXPECT_THAT(elements(compacted.graph, "fc2.bias"), ElementsAre(20.5f, 40.25f));
  EXPECT_THAT(compacted.exact.at("fc2.bias"), ElementsAre(20.5, 40.25));
  EXPECT_EQ(shape(compacted.graph, "fc1"), (Shape{Shape::kBatch, 1}));
}

TEST(Compact, GivesALayerTheBiasThatConstantsNeed) {
  const Graph masked = hand_worked(false);
  const Compacted compacted = compact(masked);
  EXPECT_THAT(elements(compacted.graph, "fc2.bias"), ElementsAre(20, 40));
  EXPECT_EQ(verified(masked, compacted).in_double, 0.0);
}

TEST(Compact, ListsWhatItKeptOfEachConstant) {
  Graph graph = tests::lenet5(1);
  Indices gone(18), filters = {4, 9};
  for (std::int64_t f = 0, at = 0; f < 20; ++f) {
    if (f != 4 && f != 9) gone[static_cast<std::size_t>(at++)] = f;
  }
  tests::zero_filters(graph, "conv1", gone);
  Indices most_of_conv2;
  for (std::int64_t f = 1; f < 50; ++f) most_of_conv2.push_back(f);
  tests::zero_filters(graph, "conv2", most_of_conv2);
  const Compacted compacted = compact(graph);
  const std::vector<Indices>& conv2 = kept(compacted, "conv2.weight");
  ASSERT_THAT(conv2, SizeIs(4));
  EXPECT_THAT(conv2[0], ElementsAre(0));
  EXPECT_EQ(conv2[1], filters);
  EXPECT_THAT(conv2[2], ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(kept(compacted, "conv1.bias")[0], filters);
  Indices first_16(16);
  for (std::size_t i = 0; i < 16; ++i) first_16[i] = static_cast<std::int64_t>(i);
  EXPECT_EQ(kept(compacted, "fc1.weight")[1], first_16) << "4 x 4 columns of the one channel";
  EXPECT_THAT(kept(compacted, "fc1.weight")[0], SizeIs(500));
}

TEST(Compact, KeepsBatchNormInStep) {
  Graph graph = tests::residual_network(1);
  tests::zero_slices(graph, "conv1.weight", 0, {2, 5});
  tests::zero_slices(graph, "bn1.shift", 0, {2, 5});
  tests::zero_slices(graph, "bn1.mean", 0, {2, 5});
  const Compacted compacted = compact(graph);
  for (const char* constant : {"bn1.scale", "bn1.shift", "bn1.mean", "bn1.variance"}) {
    EXPECT_THAT(kept(compacted, constant)[0], ElementsAre(0, 1, 3, 4, 6, 7));
  }
  EXPECT_EQ(shape(compacted.graph, "conv2.weight"), (Shape{8, 6, 3, 3}));
  verified(graph, compacted);
}

TEST(Compact, MergesConstantsBehindPaddingIntoOneChannel) {
  // conv1 has constants -0.5, 2, 4 and one varying channel; conv2 pads with zeros.
  NetworkBuilder net(5);
  const ValueId x = net.conv("conv1", net.input("x", {Shape::kBatch, 1, 6, 6}), 4, {});
  Graph graph = net.build(net.conv("conv2", x, 2, {.pad = 1}));
  tests::zero_slices(graph, "conv1.weight", 0, {0, 1, 2});
  tests::set_elements(graph, "conv1.bias", {-0.5f, 2, 4, 1});
  const std::vector<float> before = elements(graph, "conv2.weight");
  const Compacted compacted = compact(graph);
  EXPECT_THAT(kept(compacted, "conv2.weight")[1], ElementsAre(2, 3));
  const std::vector<double>& merged = compacted.exact.at("conv2.weight");
  EXPECT_DOUBLE_EQ(merged[0], before[18] - 0.5 / 4 * before[0] + 2.0 / 4 * before[9])
      << "first tap of filter 0 on the carrier";
  EXPECT_EQ(merged[9], before[27]) << "the varying channel's weights are untouched";
  verified(graph, compacted);
  EXPECT_FALSE(plan_of(compacted.graph).changes_anything());
}

TEST(Compact, NarrowsDepthwiseConvolutions) {
  NetworkBuilder net(1);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 4, {});
  x = net.conv("depthwise", x, 8, {.groups = 4});
  Graph graph = net.build(net.conv("last", x, 2, {.kernel = 1}));
  tests::zero_slices(graph, "last.weight", 1, {2, 3});
  const Compacted compacted = compact(graph);
  EXPECT_EQ(std::get<Conv2d>(compacted.graph.nodes[1].op).groups, 3);
  EXPECT_THAT(kept(compacted, "depthwise.weight")[0], ElementsAre(0, 1, 4, 5, 6, 7));
  verified(graph, compacted);
}

TEST(Compact, LeavesASharedBiasToTheOthers) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2});
  const ValueId fc2 = net.linear("fc2", net.linear("fc1", x, 2), 2);
  Graph& partial = net.graph();
  const ValueId bias = partial.find_value("fc2.bias");
  const ValueId w = partial.add_constant("other.weight", {2, 2}, {1, 2, 3, 4});
  const ValueId other = partial.add_node("other", Linear{}, {x, w, bias});
  Graph graph = net.build(net.add("add", fc2, other));
  tests::zero_slices(graph, "fc1.weight", 0, {1});
  tests::set_elements(graph, "fc1.bias", {0, 3});
  const Compacted compacted = compact(graph);
  EXPECT_EQ(elements(compacted.graph, "fc2.bias"), elements(graph, "fc2.bias"));
  EXPECT_GE(compacted.graph.find_value("fc2.bias_"), 0);
  verified(graph, compacted);
}

/// conv0 (4 filters on 6 x 6) - conv1 (6 filters, stride 2) + a shortcut without weights, as option
/// A of He et al. 2016 has it: every second pixel, and a channel of zeros on either side.
Graph widening_residual() {
  NetworkBuilder net(3);
  const ValueId x = net.conv("conv0", net.input("x", {Shape::kBatch, 2, 6, 6}), 4, {.kernel = 1});
  const ValueId rows = net.graph().add_node("rows", SpatialGather{2, {0, 2, 4}}, {x});
  const ValueId pixels = net.graph().add_node("columns", SpatialGather{3, {0, 2, 4}}, {rows});
  const ValueId skip = net.gather("skip", pixels, {Gather::kZero, 0, 1, 2, 3, Gather::kZero});
  const ValueId sum = net.add("add", net.conv("conv1", x, 6, {.stride = 2, .pad = 1}), skip);
  return net.build(net.conv("last", net.relu("relu", sum), 2, {.kernel = 1}));
}

/// The channels that the shortcut of the compact network picks.
Indices shortcut(const Graph& masked) {
  const Compacted compacted = compact(masked);
  verified(masked, compacted);
  EXPECT_FALSE(plan_of(compacted.graph).changes_anything());
  for (const Node& node : compacted.graph.nodes) {
    if (node.name == "skip") return std::get<Gather>(node.op).indices;
  }
  throw std::out_of_range("skip");
}

TEST(Compact, AShortcutThatPadsChannelsLosesDeadOnesInFrontOfIt) {
  Graph graph = widening_residual();
  tests::zero_filters(graph, "conv0", {1});
  EXPECT_THAT(shortcut(graph), ElementsAre(-1, 0, -1, 1, 2, -1)) << "zeros where it was";
}

TEST(Compact, AShortcutThatPadsChannelsLosesDeadOnesBehindIt) {
  Graph graph = widening_residual();
  tests::zero_filters(graph, "conv1", {0, 5});
  EXPECT_THAT(shortcut(graph), ElementsAre(0, 1, 2, 3)) << "nothing is left to pad";
  tests::zero_filters(graph, "conv1", {0, 2, 5});
  EXPECT_THAT(shortcut(graph), ElementsAre(0, 1, 2, 3)) << "the shortcut has a channel there";
}

TEST(Compact, AShortcutThatPadsChannelsLosesWhatIsDeadOnBothSides) {
  Graph graph = widening_residual();
  tests::zero_filters(graph, "conv0", {1});
  tests::zero_filters(graph, "conv1", {0, 2});
  EXPECT_THAT(shortcut(graph), ElementsAre(0, 1, 2, -1));
}

TEST(Compact, AShortcutThatPadsChannelsNeedsNoneThatNobodyUsesBehindIt) {
  Graph graph = widening_residual();
  tests::zero_slices(graph, "last.weight", 1, {1, 5});
  EXPECT_THAT(shortcut(graph), ElementsAre(-1, 1, 2, 3)) << "conv1 reads channel 0 all the same";
}

TEST(Compact, AGatherKeepsAConstantThatOthersAreMadeOf) {
  // Channel 1 is 2 everywhere, so the product's is 4, whoever "uses" it; the others in the group
  // keep it.
  NetworkBuilder net(1);
  const ValueId x = net.conv("conv0", net.input("x", {Shape::kBatch, 1, 4, 4}), 3, {.kernel = 1});
  const ValueId picked = net.gather("skip", x, {0, 1, Gather::kZero});
  const ValueId square = net.binary("square", BinaryKind::kMul, picked, picked);
  const ValueId sum = net.add("add", square, net.conv("conv1", x, 3, {.kernel = 1}));
  Graph graph = net.build(net.conv("last", sum, 2, {.kernel = 1}));
  tests::zero_slices(graph, "conv0.weight", 0, {1});
  tests::set_elements(graph, "conv0.bias", {0.5f, 2.0f, 0.25f});
  EXPECT_THAT(shortcut(graph), ElementsAre(0, 1, -1));
}

TEST(Compact, OfAWhollyDeadNetworkStillComputesItsOutput) {
  Graph graph = tests::residual_network(1);
  for (const char* weight : {"conv0.weight", "conv1.weight", "conv2.weight"}) {
    tests::zero_slices(graph, weight, 0, {0, 1, 2, 3, 4, 5, 6, 7});
  }
  const Compacted compacted = compact(graph);
  EXPECT_EQ(shape(compacted.graph, "conv1"), (Shape{Shape::kBatch, 1, 8, 8}));
  verified(graph, compacted);
  EXPECT_FALSE(plan_of(compacted.graph).changes_anything());
}

TEST(Compact, WithNothingToRemoveChangesNothing) {
  const Graph graph = tests::residual_network(1);
  const Compacted compacted = compact(graph);
  EXPECT_TRUE(compacted.exact.empty());
  ASSERT_EQ(compacted.graph.values.size(), graph.values.size());
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    EXPECT_EQ(compacted.graph.values[i].shape, graph.values[i].shape);
    EXPECT_EQ(compacted.graph.values[i].constant.floats.data(),
              graph.values[i].constant.floats.data())
        << "constants are views, not copies";
  }
}

}  // namespace
}  // namespace ockham::converters
