#include "converters/pruning/pruning_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "converters/pruning/plan_json.h"
#include "tests/cases/test_networks.h"
#include "tests/converters/pruning/explained.h"

namespace ockham::converters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::NetworkBuilder;

const LayerPlan& layer(const Explained& explained, const std::string& name) {
  return layer(explained.explanation, name);
}

const GroupDecision& decision(const Explained& explained, const std::string& group) {
  const ChannelDecisions& decisions = explained.plan.decisions;
  const ChannelGroup* found = decisions.channels->find(group);
  if (found == nullptr) throw std::out_of_range(group);
  return decisions.groups[static_cast<std::size_t>(found->number)];
}

/// conv1 (4 filters) - conv2 (2 filters, padding as given) on a 6 x 6 image.
Graph chain(std::int64_t pad) {
  NetworkBuilder net(3);
  const ValueId x = net.conv("conv1", net.input("x", {Shape::kBatch, 1, 6, 6}), 4, {});
  return net.build(net.conv("conv2", x, 2, {.pad = pad}));
}

TEST(PruningPlan, LeavesANetworkWithoutDeadChannelsAlone) {
  const Explained plan = explained(tests::lenet5(1));
  EXPECT_FALSE(plan.plan.changes_anything());
  EXPECT_THAT(plan.plan.foldings, IsEmpty());
  EXPECT_EQ(layer(plan, "conv1").reason, "all filters are used");
  EXPECT_EQ(layer(plan, "fc1").reason, "all neurons are used");
  EXPECT_EQ(layer(plan, "fc2").reason, "output of the network");
  EXPECT_THAT(plan.text(), HasSubstr("nothing to remove"));
}

TEST(PruningPlan, AChannelGoesBehindAConcatAsInFrontOfIt) {
  NetworkBuilder net(3);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 6, 6});
  const ValueId a = net.conv("a", x, 3, {}), b = net.conv("b", x, 2, {});
  const ValueId next = net.conv("next", net.concat("concat", {a, b}), 1, {});
  Graph graph = net.build({next, net.conv("beside", a, 1, {})});
  tests::zero_slices(graph, "next.weight", 1, {0, 1, 4});
  tests::zero_slices(graph, "beside.weight", 1, {1, 2});
  const Explained plan = explained(graph);
  EXPECT_THAT(decision(plan, "a").keep, ElementsAre(0, 2)) << "channel 0 is read beside";
  EXPECT_THAT(decision(plan, "b").keep, ElementsAre(0));
  EXPECT_THAT(plan.plan.decisions.kept(graph.find_value("concat")), ElementsAre(0, 2, 3));
  EXPECT_EQ(layer(plan, "next").inputs_after, 3);
  EXPECT_EQ(layer(plan, "beside").inputs_after, 2);
}

TEST(PruningPlan, CutsZeroFiltersAndNeuronsOfLenet) {
  Graph graph = tests::lenet5(1);
  tests::zero_filters(graph, "conv1", {0, 3, 19});
  tests::zero_filters(graph, "conv2", {1});
  tests::zero_slices(graph, "fc2.weight", 1, {7, 8});
  const Explained plan = explained(graph);
  EXPECT_TRUE(plan.plan.changes_anything());
  EXPECT_EQ(layer(plan, "conv1").width_after, 17);
  EXPECT_EQ(layer(plan, "conv1").reason, "3 filters are zero");
  EXPECT_EQ(layer(plan, "conv2").reason, "1 filter is zero");
  EXPECT_EQ(layer(plan, "fc1").reason, "2 neurons are not used");
  const LayerPlan& fc1 = layer(plan, "fc1");
  EXPECT_EQ(fc1.inputs_before, 800);
  EXPECT_EQ(fc1.inputs_after, 784);
  EXPECT_EQ(fc1.macs_after, 784 * 498);
  EXPECT_EQ(fc1.params_after, 784 * 498 + 498);
  EXPECT_EQ(layer(plan, "conv2").macs_after, 49 * 17 * 25 * 64);
  EXPECT_THAT(plan.text(), HasSubstr("20 -> 17"));
  EXPECT_THAT(plan.text(), HasSubstr("3 filters are zero"));
}

TEST(PruningPlan, UnusedChannelsTakeTheirProducersInputsAlong) {
  // Neurons of fc2 that nobody reads, then neurons of fc1 that only those read.
  NetworkBuilder net(1);
  ValueId x = net.relu("r1", net.linear("fc1", net.input("x", {Shape::kBatch, 3}), 4));
  x = net.relu("r2", net.linear("fc2", x, 2));
  Graph graph = net.build(net.linear("fc3", x, 2));
  tests::set_elements(graph, "fc3.weight", {1, 0, 1, 0});
  tests::set_elements(graph, "fc2.weight", {1, 0, 1, 0, 1, 1, 1, 1});
  const Explained plan = explained(graph);
  EXPECT_THAT(decision(plan, "fc2").keep, ElementsAre(0));
  EXPECT_THAT(decision(plan, "fc1").keep, ElementsAre(0, 2));
}

TEST(PruningPlan, ALayerKeepsItsLastFilter) {
  Graph graph = chain(0);
  tests::zero_filters(graph, "conv1", {0, 1, 2, 3});
  const Explained plan = explained(graph);
  EXPECT_THAT(decision(plan, "conv1").keep, ElementsAre(0));
  EXPECT_EQ(layer(plan, "conv1").reason, "3 filters are zero; a layer keeps its last filter");
}

TEST(PruningPlan, FoldsConstantsIntoTheBiasWhereThereIsNoPadding) {
  Graph graph = chain(0);
  tests::zero_slices(graph, "conv1.weight", 0, {1, 2});
  tests::set_elements(graph, "conv1.bias", {1, 2, 3, 4});
  const Explained plan = explained(graph);
  EXPECT_THAT(decision(plan, "conv1").keep, ElementsAre(0, 3));
  ASSERT_EQ(plan.plan.foldings.size(), 1u);
  EXPECT_FALSE(plan.plan.foldings[0].carrier.has_value());
  ASSERT_EQ(plan.plan.foldings[0].removed.size(), 2u);
  EXPECT_EQ(plan.plan.foldings[0].removed[1].channel, 2);
  EXPECT_EQ(plan.plan.foldings[0].removed[1].constant, 3.0);
}

TEST(PruningPlan, KeepsOneCarrierWhereConstantsMeetPadding) {
  Graph graph = chain(1);
  tests::zero_slices(graph, "conv1.weight", 0, {0, 1, 2});
  tests::set_elements(graph, "conv1.bias", {1, -3, 2, 4});
  const Explained plan = explained(graph);
  EXPECT_THAT(decision(plan, "conv1").keep, ElementsAre(1, 3)) << "-3 is the largest constant";
  EXPECT_THAT(decision(plan, "conv1").carriers, ElementsAre(1));
  ASSERT_EQ(plan.plan.foldings.size(), 1u);
  ASSERT_TRUE(plan.plan.foldings[0].carrier.has_value());
  EXPECT_EQ(plan.plan.foldings[0].carrier->channel, 1);
  EXPECT_EQ(layer(plan, "conv1").reason,
            "2 filters are constant; 1 filter is kept to carry constants into zero-padded conv2");
}

TEST(PruningPlan, ACarrierIsExplainedWhereThePaddedLayerReadsIt) {
  // conv1, zero-padded, reads conv0 alone; conv2 is added to it.
  NetworkBuilder net(3);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 6, 6});
  const ValueId a = net.conv("conv0", x, 3, {.pad = 1});
  const ValueId b = net.conv("conv2", x, 3, {.pad = 1});
  Graph graph = net.build({net.conv("conv1", a, 1, {.pad = 1}),
                           net.conv("last", net.add("add", a, b), 1, {.kernel = 1})});
  for (const char* side : {"conv0", "conv2"}) {
    tests::zero_slices(graph, std::string(side) + ".weight", 0, {0});
    tests::set_elements(graph, std::string(side) + ".bias", {1, 2, 3});
  }
  const Explained plan = explained(graph);
  EXPECT_EQ(layer(plan, "conv0").reason,
            "1 filter is kept to carry constants into zero-padded conv1");
  EXPECT_EQ(layer(plan, "conv2").reason,
            "coupled with conv0 through add, where 3 channels are used");
}

TEST(PruningPlan, AConstantThatALayerBehindMakesVaryNamesThatLayer) {
  // Padding counts as zeros: behind the pool the border differs from the rest.
  NetworkBuilder net(3);
  ValueId x = net.conv("conv1", net.input("x", {Shape::kBatch, 1, 6, 6}), 3, {});
  x = net.relu("relu", x);
  x = net.pool("pool", x,
               {.kind = PoolKind::kAverage,
                .window = {.kernel = {3, 3}, .pad_begin = {1, 1}, .pad_end = {1, 1}},
                .count_include_pad = true});
  Graph graph = net.build(net.conv("conv2", x, 2, {.kernel = 1}));
  tests::zero_slices(graph, "conv1.weight", 0, {1});
  tests::set_elements(graph, "conv1.bias", {1, 2, 3});
  EXPECT_EQ(layer(explained(graph), "conv1").reason, "1 filter is constant, but not behind pool");
}

TEST(PruningPlan, ConstantZerosNeedNoCarrier) {
  Graph graph = chain(1);
  tests::zero_slices(graph, "conv1.weight", 0, {0, 1});
  tests::set_elements(graph, "conv1.bias", {0, 0, 3, 4});
  const Explained plan = explained(graph);
  EXPECT_THAT(decision(plan, "conv1").keep, ElementsAre(2, 3));
  EXPECT_THAT(plan.plan.foldings, IsEmpty());
}

TEST(PruningPlan, AChannelDeadOnOneSideOfAnAddStaysOnBoth) {
  Graph graph = tests::residual_network(1);
  tests::zero_slices(graph, "conv2.weight", 0, {1, 4, 6});
  tests::zero_slices(graph, "bn2.shift", 0, {1, 4, 6});
  tests::zero_slices(graph, "bn2.mean", 0, {1, 4, 6});
  const Explained plan = explained(graph);
  EXPECT_FALSE(plan.plan.changes_anything());
  EXPECT_EQ(layer(plan, "conv2").reason,
            "coupled with conv0 through add, where 8 channels are used");
  EXPECT_EQ(layer(plan, "conv0").reason, "all filters are used");
}

TEST(PruningPlan, AChannelDeadOnBothSidesOfAnAddGoes) {
  Graph graph = tests::residual_network(1);
  for (const char* side : {"0", "2"}) {
    tests::zero_slices(graph, std::string("conv") + side + ".weight", 0, {1, 4});
    for (const char* part : {".shift", ".mean"}) {
      tests::zero_slices(graph, std::string("bn") + side + part, 0, {1, 4});
    }
  }
  const Explained plan = explained(graph);
  EXPECT_EQ(layer(plan, "conv0").width_after, 6);
  EXPECT_EQ(layer(plan, "conv1").inputs_after, 6);
  EXPECT_EQ(layer(plan, "conv2").width_after, 6);
  EXPECT_EQ(layer(plan, "fc").inputs_after, 6 * 16);
  EXPECT_EQ(layer(plan, "conv2").reason, "2 filters are zero");
}

TEST(PruningPlan, ADepthwiseConvolutionGoesAlong) {
  NetworkBuilder net(1);
  ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 4, {});
  x = net.conv("depthwise", x, 4, {.groups = 4, .bias = false});
  Graph graph = net.build(net.conv("last", x, 2, {.kernel = 1}));
  tests::zero_slices(graph, "depthwise.weight", 0, {2});
  const Explained plan = explained(graph);
  EXPECT_EQ(layer(plan, "depthwise").width_after, 3);
  EXPECT_EQ(layer(plan, "depthwise").reason, "depthwise: has the channels of conv");
  EXPECT_EQ(layer(plan, "conv").reason, "1 filter is not used");
}

TEST(PruningPlan, IsReadableByPrograms) {
  Graph graph = chain(0);
  tests::zero_slices(graph, "conv1.weight", 0, {1});
  const Explained plan = explained(graph);
  const std::string json = plan_json(graph, plan.plan, plan.explanation);
  EXPECT_THAT(json, HasSubstr("\"reason\": \"1 filter is constant\""));
  EXPECT_THAT(json, HasSubstr("\"into\": \"bias\""));
}

}  // namespace
}  // namespace ockham::converters
