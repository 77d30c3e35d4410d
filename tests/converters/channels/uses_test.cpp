// Backward: which channels anything that reaches an output depends on.
#include <gtest/gtest.h>

#include "converters/channels/channel_facts.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using tests::NetworkBuilder;
using Used = std::vector<bool>;

Used used(const Graph& graph, const std::string& value) {
  return analyse(graph).values[static_cast<std::size_t>(graph.find_value(value))].used;
}

/// conv (3 filters) - next, which reads them.
Graph with_reader(const NetworkBuilder::ConvOptions& options, std::int64_t filters = 2) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  return net.build(net.conv("next", net.conv("conv", x, 3, {.kernel = 1}), filters, options));
}

TEST(Uses, OutputsOfTheNetworkAreUsed) {
  EXPECT_EQ(used(with_reader({.kernel = 1}), "next"), (Used{true, true}));
}

TEST(Uses, AChannelThatNoFilterReadsIsUnused) {
  Graph graph = with_reader({.kernel = 3});
  tests::zero_slices(graph, "next.weight", 1, {1});
  EXPECT_EQ(used(graph, "conv"), (Used{true, false, true}));
}

TEST(Uses, OneTapOfOneFilterIsEnough) {
  Graph graph = with_reader({.kernel = 1});
  tests::set_elements(graph, "next.weight", {0, 0, 0, 0, 1, 0});
  EXPECT_EQ(used(graph, "conv"), (Used{false, true, false}));
}

TEST(Uses, ADepthwiseFilterUsesItsOwnChannel) {
  Graph graph = with_reader({.kernel = 1, .groups = 3}, 6);
  tests::zero_slices(graph, "next.weight", 0, {2, 3, 4});
  EXPECT_EQ(used(graph, "conv"), (Used{true, false, true}));
}

TEST(Uses, AGroupedFilterUsesItsSlice) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  Graph graph = net.build(
      net.conv("next", net.conv("conv", x, 4, {.kernel = 1}), 2, {.kernel = 1, .groups = 2}));
  tests::set_elements(graph, "next.weight", {0, 1, 1, 0});
  EXPECT_EQ(used(graph, "conv"), (Used{false, true, true, false}));
}

TEST(Uses, GoThroughActivationPoolAndFlatten) {
  NetworkBuilder net(1);
  ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  x = net.max_pool("pool", net.relu("relu", net.conv("conv", x, 3, {.kernel = 1})));
  Graph graph = net.build(net.linear("fc", net.flatten("flat", x), 2));
  tests::zero_slices(graph, "fc.weight", 1, {0, 1, 2, 3, 5, 8, 9, 10, 11});
  EXPECT_EQ(used(graph, "flat"), (Used{false, false, false, false, true, false, true, true,  //
                                       false, false, false, false}));
  for (const char* value : {"pool", "relu", "conv"}) {
    EXPECT_EQ(used(graph, value), (Used{false, true, false})) << value;
  }
}

TEST(Uses, OfAGatherAreTheChannelsWhoseOutputsAreUsed) {
  NetworkBuilder net(1);
  const ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 1, 4, 4}), 4, {.kernel = 1});
  const ValueId picked = net.gather("gather", x, {3, 1, 3, 0});
  Graph graph = net.build(net.conv("next", picked, 2, {.kernel = 1}));
  tests::zero_slices(graph, "next.weight", 1, {0, 1});
  EXPECT_EQ(used(graph, "gather"), (Used{false, false, true, true}));
  EXPECT_EQ(used(graph, "conv"), (Used{true, false, false, true}));
}

/// The uses of conv's `filters` channels [N, filters, 4, 4] when of what `op` makes of them only
/// the channels `read` are.
Used used_through(const Operator& op, std::int64_t filters, const std::vector<bool>& read) {
  NetworkBuilder net(1);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 1, 4, 4}), filters, {.kernel = 1});
  x = net.graph().add_node("between", op, {x});
  Graph graph = net.build(net.conv("next", x, 1, {.kernel = 1}));
  std::vector<float> weight(read.begin(), read.end());
  tests::set_elements(graph, "next.weight", weight);
  return used(graph, "conv");
}

TEST(Uses, OfAGatherThatAddsZerosAreTheOthers) {
  EXPECT_EQ(used_through(Gather{{Gather::kZero, 2, 0}}, 3, {true, true, false}),
            (Used{false, false, true}));
}

TEST(Uses, GoThroughWhatMovesPixelsWithinAChannel) {
  const Used read = {false, true, false};
  EXPECT_EQ(used_through(SpatialGather{3, {0}}, 3, read), read);
  EXPECT_EQ(used_through(Pad{{1, 1}, {1, 1}, 0.5f}, 3, read), read);
  EXPECT_EQ(used_through(Transpose{{0, 1, 3, 2}}, 3, read), read);
  EXPECT_EQ(used_through(Resize{.size = {8, 8}}, 3, read), read);
}

TEST(Uses, OfATransposeOfTheChannelsAreAllOrNone) {
  const Transpose channels_last{{0, 2, 3, 1}};
  EXPECT_EQ(used_through(channels_last, 2, {false, true, false, false}), (Used{true, true}));
  EXPECT_EQ(used_through(channels_last, 2, {false, false, false, false}), (Used{false, false}));
}

TEST(Uses, OfADepthToSpaceAreWholeBlocks) {
  EXPECT_EQ(used_through(DepthToSpace{{1, 2}}, 4, {false, true}), (Used{false, false, true, true}));
}

TEST(Uses, OfLocalNormalisationAreTheNeighboursToo) {
  const Used read = {false, false, true, false, false};
  EXPECT_EQ(used_through(Lrn{3}, 5, read), (Used{false, true, true, true, false}));
  EXPECT_EQ(used_through(Lrn{2}, 5, read), (Used{false, false, true, true, false}));
  EXPECT_EQ(used_through(Lrn{1}, 5, read), read);
  EXPECT_EQ(used_through(Lrn{100}, 5, read), (Used{true, true, true, true, true}));
}

TEST(Uses, AnAddUsesBothSides) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 2, {.kernel = 1}), b = net.conv("b", x, 2, {.kernel = 1});
  Graph graph = net.build(net.conv("next", net.add("add", a, b), 1, {.kernel = 1}));
  tests::set_elements(graph, "next.weight", {0, 1});
  EXPECT_EQ(used(graph, "a"), (Used{false, true}));
  EXPECT_EQ(used(graph, "b"), (Used{false, true}));
}

TEST(Uses, AProductWithZeroUsesNeitherSide) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 2, {.kernel = 1}), b = net.conv("b", x, 2, {.kernel = 1});
  Graph graph = net.build(net.binary("mul", BinaryKind::kMul, a, b));
  tests::zero_filters(graph, "a", {1});
  EXPECT_EQ(used(graph, "a"), (Used{true, false}));
  EXPECT_EQ(used(graph, "b"), (Used{true, false}));
}

TEST(Uses, OfARepeatedChannelAreThoseOfAll) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 2, {.kernel = 1}), b = net.conv("b", x, 1, {.kernel = 1});
  Graph graph = net.build(net.conv("next", net.binary("mul", BinaryKind::kMul, a, b), 1, {}));
  tests::zero_slices(graph, "next.weight", 1, {0});
  EXPECT_EQ(used(graph, "a"), (Used{false, true}));
  EXPECT_EQ(used(graph, "b"), Used{true});
  tests::zero_slices(graph, "next.weight", 1, {0, 1});
  EXPECT_EQ(used(graph, "b"), Used{false});
}

TEST(Uses, OfAConcatFallToTheChannelsThatItJoined) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 2, {.kernel = 1}), b = net.conv("b", x, 3, {.kernel = 1});
  Graph graph = net.build(net.conv("next", net.concat("concat", {a, b}), 1, {.kernel = 1}));
  tests::set_elements(graph, "next.weight", {0, 1, 1, 0, 0});
  EXPECT_EQ(used(graph, "a"), (Used{false, true}));
  EXPECT_EQ(used(graph, "b"), (Used{true, false, false}));
}

TEST(Uses, OfAReshapeAreTheChannelsThatItMadeOthersOf) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 4, {.kernel = 1});
  const ValueId joined = net.graph().add_node("joined", Reshape{{8, 4}}, {a});
  Graph graph = net.build(net.conv("next", joined, 1, {.kernel = 1}));
  tests::set_elements(graph, "next.weight", {0, 1});
  EXPECT_EQ(used(graph, "a"), (Used{false, false, true, true}));
}

TEST(Uses, AReductionOfTheChannelsUsesAllAndOneOfPixelsItsOwn) {
  const auto used_by = [](const Reduce& op) {
    NetworkBuilder net(1);
    const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
    const ValueId a = net.conv("a", x, 2, {.kernel = 1});
    const ValueId y = net.graph().add_node("reduce", op, {a});
    Graph graph = net.build(net.conv("next", y, 1, {.kernel = 1}));
    if (!reduces_channels(op)) tests::set_elements(graph, "next.weight", {0, 1});
    return used(graph, "a");
  };
  EXPECT_EQ(used_by({ReduceKind::kSum, {1}}), (Used{true, true}));
  EXPECT_EQ(used_by({ReduceKind::kSum, {2, 3}}), (Used{false, true}));
}

TEST(Uses, ASoftmaxOverTheChannelsUsesAll) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 2, {.kernel = 1});
  const ValueId y = net.graph().add_node("softmax", Softmax{1}, {a});
  Graph graph = net.build(net.conv("next", y, 1, {.kernel = 1}));
  tests::set_elements(graph, "next.weight", {0, 1});
  EXPECT_EQ(used(graph, "a"), (Used{true, true}));
}

TEST(Uses, BatchNormWithScaleZeroUsesNothing) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  Graph graph = net.build(net.batch_norm("bn", net.conv("conv", x, 2, {.kernel = 1})));
  tests::set_elements(graph, "bn.scale", {0, 1});
  EXPECT_EQ(used(graph, "conv"), (Used{false, true}));
}

TEST(Uses, EndWhereAChannelIsConstantAnyway) {
  // Neuron 1 of fc1 is dead behind the relu, whatever fc0 says; then nobody reads fc0's neuron 1.
  NetworkBuilder net(1);
  ValueId x = net.input("x", {Shape::kBatch, 2});
  x = net.relu("relu", net.linear("fc1", net.linear("fc0", x, 2), 2));
  Graph graph = net.build(net.linear("fc2", x, 1));
  tests::set_elements(graph, "fc2.weight", {1, 0});
  tests::set_elements(graph, "fc1.weight", {1, 0, 1, 1});
  EXPECT_EQ(used(graph, "relu"), (Used{true, false}));
  EXPECT_EQ(used(graph, "fc0"), (Used{true, false}));
}

}  // namespace
}  // namespace ockham::converters
