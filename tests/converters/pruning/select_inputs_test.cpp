#include "converters/pruning/select_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "converters/pruning/compact.h"
#include "converters/pruning/verify.h"
#include "runtime/graph/cost.h"
#include "tests/cases/test_networks.h"
#include "tests/converters/pruning/explained.h"

namespace ockham::converters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::NetworkBuilder;
using Indices = std::vector<std::int64_t>;

/// The network that the plan leads to, with what leads there.
struct Converted {
  Graph exposed;
  PruningPlan plan;
  Explanation explanation;
  Compacted compacted;
};

Converted convert(const Graph& graph) {
  Converted result;
  result.exposed = expose_inputs(graph);
  Explained found = explained(result.exposed);
  result.plan = std::move(found.plan);
  result.explanation = std::move(found.explanation);
  result.compacted = std::move(found.compacted);
  drop_identity_gathers(result.compacted.graph);
  verify(graph, result.compacted.graph, result.compacted.exact, std::nullopt, 1);
  return result;
}

std::vector<std::string> gathers_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) {
    if (std::holds_alternative<Gather>(node.op)) names.push_back(node.name);
  }
  return names;
}

const Indices& indices_of(const Graph& graph, const std::string& name) {
  const auto found = std::ranges::find(graph.nodes, name, &Node::name);
  if (found == graph.nodes.end()) throw std::out_of_range(name);
  return std::get<Gather>(found->op).indices;
}

Shape shape(const Graph& graph, const std::string& value) {
  return graph.value(graph.find_value(value)).shape;
}

void expect_same_nodes(const Graph& found, const Graph& expected) {
  ASSERT_EQ(found.nodes.size(), expected.nodes.size());
  for (std::size_t i = 0; i < found.nodes.size(); ++i) {
    EXPECT_EQ(found.nodes[i].name, expected.nodes[i].name);
    EXPECT_EQ(found.nodes[i].op, expected.nodes[i].op) << found.nodes[i].name;
  }
}

/// 784 - 6 - 3 on a flattened 28 x 28 image.
Graph mlp() {
  NetworkBuilder net(1);
  const ValueId pixels = net.flatten("pixels", net.input("image", {Shape::kBatch, 1, 28, 28}));
  return net.build(net.linear("fc2", net.relu("relu", net.linear("fc1", pixels, 6)), 3));
}

TEST(ExposeInputs, PutsAGatherInFrontOfLayersThatReadFlattenedImages) {
  const Graph exposed = expose_inputs(tests::lenet5(1));
  EXPECT_THAT(gathers_of(exposed), ElementsAre("fc1.inputs"));
  Indices all(800);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(indices_of(exposed, "fc1.inputs"), all);
  EXPECT_THAT(gathers_of(expose_inputs(exposed)), ElementsAre("fc1.inputs")) << "once is enough";
}

TEST(ExposeInputs, PutsAGatherInFrontOfLayersThatReadTheNetworksInput) {
  EXPECT_THAT(gathers_of(expose_inputs(mlp())), ElementsAre("fc1.inputs"));
  NetworkBuilder net(1);
  const Graph graph = net.build(net.linear("fc", net.input("features", {Shape::kBatch, 9}), 2));
  EXPECT_THAT(gathers_of(expose_inputs(graph)), ElementsAre("fc.inputs"));
}

TEST(ExposeInputs, GivesEachLayerAGatherOfItsOwnAndFindsFreeNames) {
  NetworkBuilder net(1);
  const ValueId x = net.relu("fc1.inputs", net.input("x", {Shape::kBatch, 2, 3, 3}));
  const ValueId flat = net.flatten("flat", x);
  const Graph graph = net.build({net.linear("fc1", flat, 2), net.linear("fc2", flat, 3)});
  EXPECT_THAT(gathers_of(expose_inputs(graph)), ElementsAre("fc1.inputs_", "fc2.inputs"));
}

TEST(ExposeInputs, LeavesLayersAloneThatCanLoseSingleInputsAnyway) {
  NetworkBuilder net(1);
  const ValueId image = net.input("x", {Shape::kBatch, 1, 3, 3});
  const ValueId flat = net.flatten("flat", net.conv("conv", image, 4, {}));  // one pixel each
  EXPECT_THAT(gathers_of(expose_inputs(net.build(net.linear("fc", flat, 2)))), IsEmpty());
}

TEST(SelectInputs, ScatteredZeroColumnsOfLenetBecomeAGather) {
  Graph graph = tests::lenet5(1);
  Indices zero, kept;
  for (std::int64_t i = 0; i < 800; ++i) (i % 5 == 2 ? kept : zero).push_back(i);
  tests::zero_slices(graph, "fc1.weight", 1, zero);
  const Converted result = convert(graph);
  EXPECT_EQ(indices_of(result.compacted.graph, "fc1.inputs"), kept);
  EXPECT_EQ(shape(result.compacted.graph, "fc1.weight"), (Shape{500, 160}));
  EXPECT_EQ(shape(result.compacted.graph, "conv2.weight")[0], 50) << "all channels are needed";
  EXPECT_EQ(cost(result.compacted.graph).total.macs, 2'293'000 - 640 * 500);
  const LayerPlan& fc1 = layer(result.explanation, "fc1");
  EXPECT_EQ(fc1.inputs_before, 800);
  EXPECT_EQ(fc1.inputs_after, 160);
  EXPECT_EQ(fc1.macs_after, 160 * 500);
  EXPECT_EQ(fc1.reason, "all neurons are used; 640 inputs whose columns are zero");
  EXPECT_THAT(result.explanation.text(), HasSubstr("800 -> 160"));
}

TEST(SelectInputs, AWholeChannelOfZeroColumnsIsRemovedNotGathered) {
  Graph graph = tests::lenet5(1);
  Indices zero(32);
  std::iota(zero.begin(), zero.end(), 48);  // channels 3 and 4
  tests::zero_slices(graph, "fc1.weight", 1, zero);
  const Converted result = convert(graph);
  EXPECT_THAT(gathers_of(result.compacted.graph), IsEmpty());
  EXPECT_EQ(shape(result.compacted.graph, "conv2.weight")[0], 48);
  EXPECT_EQ(shape(result.compacted.graph, "fc1.weight")[1], 48 * 16);
  EXPECT_EQ(layer(result.explanation, "conv2").reason, "2 filters are not used");
}

TEST(SelectInputs, AZeroFilterTakesItsColumnsAlongWithoutAGather) {
  Graph graph = tests::lenet5(1);
  tests::zero_slices(graph, "conv2.weight", 0, {7});  // its bias stays: a constant
  const Converted result = convert(graph);
  EXPECT_THAT(gathers_of(result.compacted.graph), IsEmpty());
  EXPECT_EQ(shape(result.compacted.graph, "fc1.weight")[1], 49 * 16);
  EXPECT_EQ(layer(result.explanation, "fc1").reason, "all neurons are used");
}

TEST(SelectInputs, BothAtOnceAreNumberedAmongWhatIsLeft) {
  Graph graph = tests::lenet5(1);
  Indices zero(16);
  std::iota(zero.begin(), zero.end(), 16);  // channel 1
  zero.push_back(0);
  zero.push_back(35);
  tests::zero_slices(graph, "fc1.weight", 1, zero);
  const Converted result = convert(graph);
  const Indices& indices = indices_of(result.compacted.graph, "fc1.inputs");
  EXPECT_EQ(indices.size(), 800u - 18u);
  EXPECT_EQ(indices[0], 1);
  EXPECT_EQ(indices[15], 16) << "channel 2 is the second now";
  EXPECT_EQ(indices[18], 20) << "35 would have been 19";
}

TEST(SelectInputs, DeadPixelsOfAnMlpGo) {
  Graph graph = mlp();
  Indices dead;
  for (std::int64_t i = 0; i < 784; ++i) {
    if (i < 100 || i % 3 == 0) dead.push_back(i);
  }
  tests::zero_slices(graph, "fc1.weight", 1, dead);
  const Converted result = convert(graph);
  const auto left = 784 - static_cast<std::int64_t>(dead.size());
  EXPECT_EQ(shape(result.compacted.graph, "image"), (Shape{Shape::kBatch, 1, 28, 28}));
  EXPECT_EQ(shape(result.compacted.graph, "fc1.weight"), (Shape{6, left}));
  EXPECT_EQ(indices_of(result.compacted.graph, "fc1.inputs").front(), 100);
}

TEST(SelectInputs, ColumnsThatOnlyRemovedNeuronsReadGoToo) {
  Graph graph = mlp();
  tests::zero_slices(graph, "fc2.weight", 1, {1, 2, 3, 4, 5});
  std::vector<float> weights(6 * 784, 1.0f);
  std::fill_n(weights.begin(), 300, 0.0f);
  tests::set_elements(graph, "fc1.weight", std::move(weights));
  const Converted result = convert(graph);
  EXPECT_EQ(shape(result.compacted.graph, "fc1.weight"), (Shape{1, 484}));
}

TEST(SelectInputs, ALayerWithoutAnyWeightKeepsOneInput) {
  Graph graph = tests::lenet5(1);
  Indices all(800);
  std::iota(all.begin(), all.end(), 0);
  tests::zero_slices(graph, "fc1.weight", 1, all);
  const Graph compact = convert(graph).compacted.graph;
  EXPECT_EQ(shape(compact, "fc1.weight")[1], 1);
  EXPECT_EQ(shape(compact, "conv2.weight")[0], 1);
  expect_same_nodes(convert(compact).compacted.graph, compact);
}

TEST(SelectInputs, ConvertingACompactNetworkAgainChangesNothing) {
  Graph graph = tests::lenet5(1);
  tests::zero_slices(graph, "fc1.weight", 1, {3, 5, 80, 81, 82, 799});
  tests::zero_filters(graph, "conv2", {4});
  const Graph once = convert(graph).compacted.graph;
  EXPECT_THAT(gathers_of(once), ElementsAre("fc1.inputs"));
  const Converted again = convert(once);
  EXPECT_FALSE(again.plan.changes_anything());
  expect_same_nodes(again.compacted.graph, once);
  EXPECT_EQ(cost(again.compacted.graph).total.params, cost(once).total.params);
}

TEST(SelectInputs, ANetworkWithoutZeroColumnsComesOutWithoutAGather) {
  for (const Graph& graph : {tests::lenet5(1), mlp(), tests::residual_network(1)}) {
    const Graph compact = convert(graph).compacted.graph;
    expect_same_nodes(compact, graph);
    EXPECT_EQ(compact.values.size(), graph.values.size());
  }
}

TEST(SelectInputs, AChannelThatAKeptOutputWasPickedFromStays) {
  // The Gather's channels are coupled with those of `other`: its second one is a constant, but must
  // stay for the sum, and so must the channel of conv that it stands for.
  NetworkBuilder net(2);
  const ValueId image = net.input("x", {Shape::kBatch, 1, 6, 6});
  const ValueId conv = net.conv("conv", image, 4, {});
  const ValueId picked = net.gather("gather", conv, {3, 2});
  const ValueId other = net.conv("other", image, 2, {});
  Graph graph = net.build(net.conv("last", net.add("add", picked, other), 3, {.pad = 1}));
  tests::zero_slices(graph, "conv.weight", 0, {2});  // constant: its bias stays
  const Converted result = convert(graph);
  EXPECT_EQ(shape(result.compacted.graph, "conv.weight")[0], 2);
  EXPECT_THAT(indices_of(result.compacted.graph, "gather"), ElementsAre(1, 0));
}

TEST(SelectInputs, ConstantsBehindAGatherMeetPaddingThroughOneChannel) {
  NetworkBuilder net(2);
  const ValueId conv = net.conv("conv", net.input("x", {Shape::kBatch, 1, 6, 6}), 5, {});
  const ValueId picked = net.gather("gather", conv, {4, 1, 0, 2});
  Graph graph = net.build(net.conv("last", picked, 3, {.pad = 1}));
  tests::zero_slices(graph, "conv.weight", 0, {1, 2});
  const Converted result = convert(graph);
  EXPECT_EQ(shape(result.compacted.graph, "gather")[1], 3) << "two that vary and one carrier";
  EXPECT_EQ(shape(result.compacted.graph, "conv.weight")[0], 3);
}

TEST(DropIdentityGathers, MergesAGatherWithTheOneInFront) {
  NetworkBuilder net(1);
  const ValueId first = net.gather("first", net.input("x", {Shape::kBatch, 6}), {5, 3, 1});
  Graph graph = net.build(net.linear("fc", net.gather("second", first, {2, 0}), 2));
  const Graph before = graph;
  drop_identity_gathers(graph);
  EXPECT_THAT(gathers_of(graph), ElementsAre("second"));
  EXPECT_THAT(indices_of(graph, "second"), ElementsAre(1, 5));
  verify(before, graph, {}, std::nullopt, 1);
}

TEST(DropIdentityGathers, KeepsWhatComputesAnOutputOrChangesTheOrder) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 3});
  const ValueId same = net.gather("same", x, {0, 1, 2});
  const ValueId turned = net.gather("turned", x, {0, 2, 1});
  Graph graph = net.build({same, net.linear("fc", turned, 2), net.linear("fc2", same, 2)});
  const Graph before = graph;
  drop_identity_gathers(graph);
  EXPECT_THAT(gathers_of(graph), ElementsAre("same", "turned"));
  verify(before, graph, {}, std::nullopt, 1);
}

}  // namespace
}  // namespace ockham::converters
