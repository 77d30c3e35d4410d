#include "converters/channels/channel_structure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using tests::NetworkBuilder;

using Axis = std::tuple<std::string, int, std::int64_t>;  ///< constant, axis, block

/// Axes of the members of the group.
std::vector<Axis> named(const Graph& graph, const ChannelGroup& group,
                        const std::vector<WeightAxis>& axes) {
  std::vector<Axis> result;
  for (const WeightAxis& axis : axes) {
    result.emplace_back(graph.value(axis.constant).name, axis.axis, group.in(axis.value).block);
  }
  return result;
}

std::vector<std::pair<std::string, std::int64_t>> named(const Graph& graph,
                                                        const std::vector<CarriedValue>& values) {
  std::vector<std::pair<std::string, std::int64_t>> result;
  for (const CarriedValue& carried : values) {
    result.emplace_back(graph.value(carried.value).name, carried.block);
  }
  return result;
}

/// The group of all channels of a value.
ChannelGroup group_of(const Graph& graph, const std::string& value) {
  const Channels channels = channel_structure(graph);
  const std::vector<int>& groups = channels->of(graph.find_value(value)).groups;
  if (groups.size() != 1) throw std::out_of_range(value);
  return channels->groups()[static_cast<std::size_t>(groups.front())];
}

std::vector<Axis> members(const Graph& graph, const std::string& value,
                          std::vector<WeightAxis> ChannelGroup::*axes) {
  const ChannelGroup group = group_of(graph, value);
  return named(graph, group, group.*axes);
}

/// conv (3 filters) times a gate of this many channels, plus a number per channel.
Graph gated(std::int64_t channels) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("conv", x, 3, {.kernel = 1});
  const ValueId product =
      net.binary("mul", BinaryKind::kMul, a, net.conv("gate", x, channels, {.kernel = 1}));
  const ValueId number = net.constant("number", {3, 1, 1}, 0, 1);
  const ValueId one = net.constant("one", {1, 1, 1}, 0, 1);
  const ValueId sum = net.binary("sum", BinaryKind::kAdd, number, product);
  return net.build(net.conv("next", net.binary("scaled", BinaryKind::kMul, sum, one), 2, {}));
}

TEST(ChannelStructure, AProductCouplesItsFactorsAndItsConstants) {
  const Graph graph = gated(3);
  const ChannelGroup group = group_of(graph, "conv");
  EXPECT_TRUE(group.removable);
  EXPECT_THAT(named(graph, group, group.producers),
              UnorderedElementsAre(Axis{"conv.weight", 0, 1}, Axis{"conv.bias", 0, 1},
                                   Axis{"gate.weight", 0, 1}, Axis{"gate.bias", 0, 1}));
  EXPECT_THAT(named(graph, group, group.channelwise), ElementsAre(Axis{"number", 0, 1}));
  EXPECT_THAT(named(graph, group, group.consumers), ElementsAre(Axis{"next.weight", 1, 1}));
}

TEST(ChannelStructure, AChannelThatIsRepeatedIsAGroupOfItsOwn) {
  const Graph graph = gated(1);
  EXPECT_EQ(group_of(graph, "conv").width, 3);
  const ChannelGroup gate = group_of(graph, "gate");
  EXPECT_EQ(gate.width, 1);
  EXPECT_EQ(gate.values.size(), 1u);
}

using Carried = std::pair<std::string, std::int64_t>;

TEST(ChannelStructure, AValueNamedLikeALayerGivesItsGroupAnotherName) {
  NetworkBuilder net(1);
  const ValueId x = net.input("same", {Shape::kBatch, 1, 4, 4});
  const ValueId y = net.relu("relu", net.conv("conv", x, 3, {.kernel = 1}));
  Graph graph = net.build(net.conv("next", y, 2, {.kernel = 1}));
  graph.nodes[0].name = "same";
  EXPECT_EQ(group_of(graph, "same").name, "same.value");
  EXPECT_EQ(group_of(graph, "relu").name, "same");
}

TEST(ChannelStructure, AConcatAlongTheHeightCouples) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 2, {}), b = net.conv("b", x, 2, {});
  const Graph graph =
      net.build(net.conv("next", net.concat("concat", {a, b}, 2), 1, {.kernel = 1}));
  EXPECT_THAT(named(graph, group_of(graph, "a").values),
              UnorderedElementsAre(Carried{"a", 1}, Carried{"b", 1}, Carried{"concat", 1}));
}

std::int64_t block_of(const ChannelGroup& group, std::vector<WeightAxis> ChannelGroup::*axes) {
  return group.in((group.*axes)[0].value).block;
}

TEST(ChannelStructure, AReshapeJoinsBlocksOfChannels) {
  const auto reshaped = [](std::vector<std::int64_t> inner) {
    NetworkBuilder net(1);
    const ValueId a =
        net.conv("a", net.input("x", {Shape::kBatch, 1, 6, 6}), 6, {.kernel = 3});  // 4x4
    const ValueId y = net.graph().add_node("y", Reshape{std::move(inner)}, {a});
    return group_of(net.build(net.relu("relu", net.conv("next", y, 1, {.kernel = 1}))), "a");
  };
  EXPECT_EQ(reshaped({8, 4}).width, 3);
  EXPECT_EQ(block_of(reshaped({8, 4}), &ChannelGroup::producers), 2);
  EXPECT_EQ(reshaped({2, 4}).width, 6);
  EXPECT_EQ(block_of(reshaped({2, 4}), &ChannelGroup::consumers), 2);
  EXPECT_EQ(reshaped({6, 4}).why_not, "reshape y makes 4 channels of 6");
}

TEST(ChannelStructure, AReductionOfPixelsCouplesAndOneOfChannelsKeepsThem) {
  const auto group = [](std::vector<std::int64_t> axes) {
    NetworkBuilder net(1);
    const ValueId a = net.conv("a", net.input("x", {Shape::kBatch, 1, 4, 4}), 3, {.kernel = 1});
    const ValueId y = net.graph().add_node("y", Reduce{ReduceKind::kL2, std::move(axes)}, {a});
    return group_of(net.build(net.conv("next", y, 1, {.kernel = 1})), "a");
  };
  EXPECT_EQ(group({2, 3}).why_not, "");
  EXPECT_EQ(group({2}).consumers.size(), 1u);
  EXPECT_EQ(group({1}).why_not, "reduced to one by reduce_l2 y");
  EXPECT_EQ(group({1, 2, 3}).why_not, "reduced to one by reduce_l2 y");
}

TEST(ChannelStructure, WhatComparesChannelsKeepsThem) {
  const auto group = [](const Operator& op) {
    NetworkBuilder net(1);
    const ValueId a = net.conv("a", net.input("x", {Shape::kBatch, 1, 4, 4}), 3, {.kernel = 1});
    return group_of(net.build(net.graph().add_node("y", op, {a})), "a");
  };
  EXPECT_EQ(group(ArgExtreme{ArgKind::kMax, 1}).why_not, "compared by arg_max y");
  EXPECT_EQ(group(TopK{1, 2}).why_not, "compared by top_k y");
}

TEST(ChannelStructure, ScalesOfQuantisedChannelsGoWithThem) {
  NetworkBuilder net(1);
  const ValueId a = net.conv("a", net.input("x", {Shape::kBatch, 1, 4, 4}), 2, {.kernel = 1});
  const ValueId scale = net.graph().add_constant("scale", {2}, {0.5f, 0.25f});
  const ValueId zero = net.graph().add_constant("zero", {2}, {3.0f, 4.0f});
  const ValueId y = net.graph().add_node("y", FakeQuantize{}, {a, scale, zero});
  const Graph graph = net.build(net.conv("next", y, 1, {.kernel = 1}));
  const ChannelGroup group = group_of(graph, "a");
  EXPECT_EQ(group.why_not, "");
  EXPECT_EQ(group.channelwise.size(), 2u);
}

TEST(ChannelStructure, ASoftmaxOverTheChannelsKeepsThem) {
  NetworkBuilder net(1);
  const ValueId a = net.conv("a", net.input("x", {Shape::kBatch, 1, 4, 4}), 3, {});
  const ValueId y = net.graph().add_node("softmax", Softmax{1}, {a});
  const ChannelGroup group = group_of(net.build(net.conv("next", y, 1, {.kernel = 1})), "a");
  EXPECT_FALSE(group.removable);
  EXPECT_EQ(group.why_not, "summed over by softmax softmax");
}

TEST(ChannelStructure, OfAChainLeadFromFiltersToTheLayersThatMixThem) {
  const Graph graph = tests::lenet5(1);
  const Channels channels = channel_structure(graph);
  const std::vector<ChannelGroup>& groups = channels->groups();
  std::vector<std::string> names;
  for (const ChannelGroup& group : groups) names.push_back(group.name);
  ASSERT_THAT(names, ElementsAre("image", "conv1", "conv2", "fc1", "fc2"));

  EXPECT_EQ(groups[1].width, 20);
  EXPECT_THAT(named(graph, groups[1], groups[1].producers),
              ElementsAre(Axis{"conv1.weight", 0, 1}, Axis{"conv1.bias", 0, 1}));
  EXPECT_THAT(named(graph, groups[1], groups[1].consumers),
              ElementsAre(Axis{"conv2.weight", 1, 1}));
  EXPECT_TRUE(groups[1].removable);

  EXPECT_EQ(groups[2].width, 50);
  EXPECT_THAT(named(graph, groups[2], groups[2].consumers), ElementsAre(Axis{"fc1.weight", 1, 16}))
      << "behind the flatten, each channel is 4 x 4 columns";
  EXPECT_THAT(named(graph, groups[2].values),
              ElementsAre(std::pair("conv2", 1), std::pair("pool2", 1), std::pair("flatten", 16)));

  EXPECT_THAT(named(graph, groups[3], groups[3].consumers), ElementsAre(Axis{"fc2.weight", 1, 1}));
}

TEST(ChannelStructure, AtTheEndsOfTheNetworkStay) {
  const Graph graph = tests::lenet5(1);
  EXPECT_FALSE(group_of(graph, "image").removable);
  EXPECT_EQ(group_of(graph, "image").why_not, "input of the network");
  EXPECT_FALSE(group_of(graph, "fc2").removable);
  EXPECT_EQ(group_of(graph, "fc2").why_not, "output of the network");
}

TEST(ChannelStructure, ResidualAddsCoupleAllThatTheyAdd) {
  const Graph graph = tests::residual_network(1);
  const ChannelGroup group = group_of(graph, "conv0");
  EXPECT_EQ(group.width, 8);
  EXPECT_THAT(named(graph, group, group.producers),
              UnorderedElementsAre(Axis{"conv0.weight", 0, 1}, Axis{"conv2.weight", 0, 1}));
  EXPECT_THAT(named(graph, group, group.channelwise),
              UnorderedElementsAre(Axis{"bn0.scale", 0, 1}, Axis{"bn0.shift", 0, 1},
                                   Axis{"bn0.mean", 0, 1}, Axis{"bn0.variance", 0, 1},
                                   Axis{"bn2.scale", 0, 1}, Axis{"bn2.shift", 0, 1},
                                   Axis{"bn2.mean", 0, 1}, Axis{"bn2.variance", 0, 1}));
  EXPECT_THAT(named(graph, group, group.consumers),
              UnorderedElementsAre(Axis{"conv1.weight", 1, 1}, Axis{"fc.weight", 1, 16}));
  EXPECT_THAT(members(graph, "conv1", &ChannelGroup::producers),
              ElementsAre(Axis{"conv1.weight", 0, 1}));
}

TEST(ChannelStructure, ADepthwiseConvolutionCarriesChannelsOn) {
  NetworkBuilder net(1);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 4, {});
  x = net.conv("depthwise", x, 8, {.groups = 4});
  const Graph graph = net.build(net.conv("last", x, 2, {.kernel = 1}));
  const ChannelGroup group = group_of(graph, "depthwise");
  EXPECT_EQ(group.width, 4);
  EXPECT_THAT(named(graph, group, group.producers),
              ElementsAre(Axis{"conv.weight", 0, 1}, Axis{"conv.bias", 0, 1}));
  EXPECT_THAT(named(graph, group, group.channelwise),
              ElementsAre(Axis{"depthwise.weight", 0, 2}, Axis{"depthwise.bias", 0, 2}));
  EXPECT_THAT(named(graph, group, group.consumers), ElementsAre(Axis{"last.weight", 1, 2}));
  EXPECT_TRUE(group.removable);
}

TEST(ChannelStructure, AConvolutionOfOneChannelIsNotDepthwise) {
  NetworkBuilder net(1);
  const ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 1, 6, 6}), 1, {});
  const Graph graph = net.build(net.conv("last", x, 2, {}));
  EXPECT_THAT(members(graph, "conv", &ChannelGroup::consumers),
              ElementsAre(Axis{"last.weight", 1, 1}));
}

TEST(ChannelStructure, GroupedConvolutionsReadTheirChannelsInSlices) {
  NetworkBuilder net(1);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 4, {});
  x = net.conv("grouped", x, 6, {.groups = 2});
  const Graph graph = net.build(net.conv("last", x, 2, {.kernel = 1}));
  const ChannelGroup read = group_of(graph, "conv"), computed = group_of(graph, "grouped");
  EXPECT_TRUE(read.removable);
  EXPECT_TRUE(computed.removable);
  EXPECT_THAT(named(graph, read, read.consumers), ElementsAre(Axis{"grouped.weight", 1, 1}));
  EXPECT_EQ(read.consumers[0].slices, 2);
  EXPECT_THAT(named(graph, computed, computed.producers),
              ElementsAre(Axis{"grouped.weight", 0, 1}, Axis{"grouped.bias", 0, 1}));
}

TEST(ChannelStructure, SharedWeightsStayAndSayWhy) {
  NetworkBuilder net(1);
  ValueId x = net.conv("first", net.input("x", {Shape::kBatch, 3, 6, 6}), 3, {.bias = false});
  x = net.graph().add_node("second", net.graph().nodes[0].op, {x, net.graph().nodes[0].inputs[1]});
  const Graph graph = net.build(net.conv("last", x, 2, {.kernel = 1}));
  EXPECT_EQ(group_of(graph, "second").why_not, "'first.weight' is shared by first and second");
}

TEST(ChannelStructure, AFlattenedImageAddedToAVectorMakesBlocksOfIt) {
  NetworkBuilder net(1);
  const ValueId image = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId flat = net.flatten("flat", net.conv("conv", image, 3, {}));  // 3 x 2 x 2
  const ValueId neurons = net.linear("fc", net.flatten("pixels", image), 12);
  const Graph graph = net.build(net.linear("last", net.add("add", neurons, flat), 2));
  const ChannelGroup group = group_of(graph, "add");
  EXPECT_EQ(group.width, 3);
  EXPECT_THAT(named(graph, group, group.producers),
              UnorderedElementsAre(Axis{"conv.weight", 0, 1}, Axis{"conv.bias", 0, 1},
                                   Axis{"fc.weight", 0, 4}, Axis{"fc.bias", 0, 4}));
}

TEST(ChannelStructure, AGatherStartsAGroupOfItsOwn) {
  NetworkBuilder net(1);
  const ValueId image = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId flat = net.flatten("flat", net.conv("conv", image, 3, {}));  // 3 x 2 x 2
  const ValueId picked = net.gather("gather", flat, {11, 0, 1, 5, 5});
  const Graph graph = net.build(net.linear("fc", net.relu("relu", picked), 2));

  const ChannelGroup source = group_of(graph, "flat");
  EXPECT_EQ(source.width, 3);
  EXPECT_THAT(source.consumers, IsEmpty());
  EXPECT_THAT(source.selectors, IsEmpty());
  ASSERT_EQ(source.gathers.size(), 1u);
  EXPECT_EQ(graph.node(source.gathers[0]).name, "gather");
  EXPECT_EQ(source.in(graph.find_value("flat")).block, 4);

  const ChannelGroup selected = group_of(graph, "relu");
  EXPECT_EQ(selected.name, "gather");
  EXPECT_EQ(selected.width, 5);
  EXPECT_TRUE(selected.removable);
  EXPECT_THAT(selected.producers, IsEmpty());
  EXPECT_THAT(selected.selectors, ElementsAre(source.gathers[0]));
  EXPECT_THAT(named(graph, selected, selected.consumers), ElementsAre(Axis{"fc.weight", 1, 1}));
}

TEST(ChannelStructure, BlocksThatDoNotFitIntoEachOtherMakeOneChannel) {
  NetworkBuilder net(1);
  const ValueId image = net.input("x", {Shape::kBatch, 1, 2, 6});
  const ValueId three = net.conv("three", image, 3, {.kernel = 1});  // 3 x 2 x 6
  const ValueId four = net.conv("four", net.input("y", {Shape::kBatch, 1, 3, 3}), 4, {.kernel = 1});
  const Graph graph = net.build(
      net.linear("last", net.add("add", net.flatten("a", three), net.flatten("b", four)), 2));
  EXPECT_EQ(group_of(graph, "add").width, 1);
  EXPECT_THAT(members(graph, "add", &ChannelGroup::consumers),
              ElementsAre(Axis{"last.weight", 1, 36}));
}

/// conv (4 filters on 4 x 4) - op - next.
Graph with_between(const Operator& op) {
  NetworkBuilder net(1);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 1, 4, 4}), 4, {.kernel = 1});
  x = net.graph().add_node("between", op, {x});
  return net.build(net.conv("next", x, 2, {.kernel = 1}));
}

TEST(ChannelStructure, WhatMovesPixelsWithinAChannelKeepsTheGroup) {
  for (const Operator& op : {Operator(SpatialGather{2, {0}}), Operator(Pad{{1, 1}, {0, 0}}),
                             Operator(Transpose{{0, 1, 3, 2}}), Operator(Resize{.size = {8, 8}})}) {
    SCOPED_TRACE(operator_name(op));
    const Graph graph = with_between(op);
    const ChannelGroup group = group_of(graph, "conv");
    EXPECT_TRUE(group.removable);
    EXPECT_EQ(group.width, 4);
    EXPECT_THAT(named(graph, group, group.consumers), ElementsAre(Axis{"next.weight", 1, 1}));
  }
}

TEST(ChannelStructure, ABlockOfDepthToSpaceStandsOrFallsTogether) {
  const Graph graph = with_between(DepthToSpace{{1, 2}});
  const ChannelGroup group = group_of(graph, "conv");
  EXPECT_TRUE(group.removable);
  EXPECT_EQ(group.width, 2);
  EXPECT_THAT(named(graph, group.values),
              UnorderedElementsAre(std::pair{"conv", 2}, std::pair{"between", 1}));
  EXPECT_THAT(named(graph, group, group.consumers), ElementsAre(Axis{"next.weight", 1, 1}));
}

TEST(ChannelStructure, NeighboursInALocalNormalisationStayAndSayWhy) {
  const ChannelGroup group = group_of(with_between(Lrn{3}), "conv");
  EXPECT_FALSE(group.removable);
  EXPECT_EQ(group.why_not, "divided by their neighbours in lrn between");
}

TEST(ChannelStructure, ChannelsMovedToAnotherAxisStayAndSayWhy) {
  const Graph graph = with_between(Transpose{{0, 2, 3, 1}});
  for (const char* value : {"conv", "between"}) {
    EXPECT_FALSE(group_of(graph, value).removable);
    EXPECT_EQ(group_of(graph, value).why_not, "moved to another axis by transpose between");
  }
}

TEST(ChannelStructure, AGatherOfZerosSelectsTheRest) {
  const Graph graph = with_between(Gather{{Gather::kZero, 0, 1, 2, 3, Gather::kZero}});
  EXPECT_EQ(group_of(graph, "conv").gathers.size(), 1u);
  EXPECT_EQ(group_of(graph, "conv").width, 4);
  EXPECT_EQ(group_of(graph, "between").width, 6);
  EXPECT_TRUE(group_of(graph, "between").removable);
}

TEST(ChannelStructure, AConcatPutsChannelsOfItsPartsOneBehindTheOther) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2, 4, 4});
  const ValueId a = net.relu("relu", net.conv("a", x, 3, {.kernel = 1}));
  const ValueId concat = net.concat("concat", {a, x, a});
  const Graph graph = net.build(net.conv("next", net.batch_norm("bn", concat), 2, {.kernel = 1}));
  const Channels channels = channel_structure(graph);
  const int of_a = group_of(graph, "a").number, of_x = group_of(graph, "x").number;
  EXPECT_THAT(
      channels->runs_of(graph.find_value("bn")),
      ElementsAre(ChannelRun{of_a, 0, 3, 1}, ChannelRun{of_x, 0, 2, 1}, ChannelRun{of_a, 0, 3, 1}));
  EXPECT_THAT(group_of(graph, "a").in(graph.find_value("bn")).indices,
              ElementsAre(0, 5, 1, 6, 2, 7));
  EXPECT_THAT(members(graph, "a", &ChannelGroup::channelwise),
              ElementsAre(Axis{"bn.scale", 0, 2}, Axis{"bn.shift", 0, 2}, Axis{"bn.mean", 0, 2},
                          Axis{"bn.variance", 0, 2}));
  EXPECT_THAT(members(graph, "a", &ChannelGroup::consumers),
              ElementsAre(Axis{"next.weight", 1, 2}));
  EXPECT_TRUE(group_of(graph, "a").removable);
  EXPECT_EQ(group_of(graph, "x").why_not, "input of the network");
}

TEST(ChannelStructure, AFlattenBehindAConcatMakesBlocksOfEachPart) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 2, 2});
  const ValueId a = net.conv("a", x, 3, {.kernel = 1}), b = net.conv("b", x, 2, {.kernel = 1});
  const ValueId inner = net.flatten("flatten", net.concat("inner", {a, b}));
  const ValueId c = net.linear("c", net.flatten("flatten2", x), 6);
  const Graph graph = net.build(net.linear("next", net.concat("outer", {c, inner}), 2));
  const int of_a = group_of(graph, "a").number, of_b = group_of(graph, "b").number,
            of_c = group_of(graph, "c").number;
  EXPECT_THAT(
      channel_structure(graph)->runs_of(graph.find_value("outer")),
      ElementsAre(ChannelRun{of_c, 0, 6, 1}, ChannelRun{of_a, 0, 3, 4}, ChannelRun{of_b, 0, 2, 4}));
}

TEST(ChannelStructure, WhatIsAddedToAConcatBelongsToItsParts) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId beside = net.conv("beside", x, 5, {.kernel = 1});
  const ValueId a = net.conv("a", x, 3, {.kernel = 1}), b = net.conv("b", x, 2, {.kernel = 1});
  const ValueId sum = net.add("sum", net.concat("concat", {a, b}), beside);
  const Graph graph = net.build(net.conv("next", sum, 2, {.kernel = 1}));
  const ChannelGroup first = group_of(graph, "a"), second = group_of(graph, "b");
  EXPECT_EQ(first.name, "a") << "beside makes channels of both";
  EXPECT_EQ(second.name, "b");
  EXPECT_THAT(named(graph, second, second.producers),
              UnorderedElementsAre(Axis{"beside.weight", 0, 1}, Axis{"beside.bias", 0, 1},
                                   Axis{"b.weight", 0, 1}, Axis{"b.bias", 0, 1}));
  EXPECT_THAT(second.in(graph.find_value("beside")).indices, ElementsAre(3, 4));
  EXPECT_TRUE(first.removable);
  EXPECT_TRUE(second.removable);
}

TEST(ChannelStructure, ConcatsOfOtherPartsThatAreAddedPartTheirGroups) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const auto conv = [&](const std::string& name, std::int64_t filters) {
    return net.conv(name, x, filters, {.kernel = 1});
  };
  const ValueId left = net.concat("left", {conv("a", 2), conv("b", 2)});
  const ValueId right = net.concat("right", {conv("c", 1), conv("d", 3)});
  const Graph graph = net.build(net.conv("next", net.add("sum", left, right), 2, {.kernel = 1}));
  const Channels channels = channel_structure(graph);
  std::vector<std::string> names;
  for (const ChannelGroup& group : channels->groups()) names.push_back(group.name);
  EXPECT_THAT(names, ElementsAre("x", "c", "a", "b", "next")) << "d has channels of a and b";
  EXPECT_THAT(channels->runs_of(graph.find_value("sum")),
              ElementsAre(ChannelRun{1, 0, 1, 1}, ChannelRun{2, 0, 1, 1}, ChannelRun{3, 0, 2, 1}));
}

TEST(ChannelStructure, CrossedConcatsThatAreAddedMakeOneOfEachPair) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 2, {.kernel = 1}), b = net.conv("b", x, 2, {.kernel = 1});
  const ValueId sum = net.add("sum", net.concat("ab", {a, b}), net.concat("ba", {b, a}));
  const Graph graph = net.build(net.conv("next", sum, 2, {.kernel = 1}));
  const ChannelGroup group = group_of(graph, "sum");
  EXPECT_EQ(group.width, 2);
  EXPECT_THAT(group.in(graph.find_value("sum")).indices, ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(group.in(graph.find_value("b")).indices, ElementsAre(0, 1));
}

/// What the structure says of a value it says of the groups too, and each channel is in one.
TEST(ChannelStructure, CoversEachChannelOnce) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = tests::random_network(seed);
    const Channels channels = channel_structure(graph);
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values.size()); ++id) {
      const ChannelsOfValue& found = channels->of(id);
      if (graph.value(id).is_constant) {
        EXPECT_THAT(found.ids, IsEmpty());
        continue;
      }
      ASSERT_EQ(std::ssize(found.ids), graph.value(id).shape[1]);
      std::size_t covered = 0;
      for (const int number : found.groups) {
        const ChannelGroup& group = channels->groups()[static_cast<std::size_t>(number)];
        const CarriedValue& places = group.in(id);
        ASSERT_EQ(std::ssize(places.indices), group.width * places.block);
        for (std::int64_t i = 0; i < std::ssize(places.indices); ++i, ++covered) {
          const auto at = static_cast<std::size_t>(places.indices[static_cast<std::size_t>(i)]);
          EXPECT_EQ(found.ids[at], (ChannelId{number, i / places.block}));
        }
      }
      EXPECT_EQ(covered, found.ids.size());
    }
    for (const WeightAxis& axis : channels->axes()) {
      EXPECT_EQ(graph.value(axis.constant).shape[axis.axis] * axis.slices,
                graph.value(axis.value).shape[1]);
    }
  }
}

}  // namespace
}  // namespace ockham::converters
