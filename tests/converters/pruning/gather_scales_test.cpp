#include "converters/pruning/gather_scales.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "converters/channels/channel_facts.h"
#include "converters/pruning/verify.h"
#include "tests/cases/seed_count.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/format/expect_equal.h"

namespace ockham::converters {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::NetworkBuilder;

/// conv0 - a Gather that pads channels - added to conv1 - fc behind a Gather of its own.
Graph network() {
  NetworkBuilder net(1);
  const ValueId x = net.conv("conv0", net.input("x", {Shape::kBatch, 1, 3, 3}), 3, {.kernel = 1});
  const ValueId skip = net.gather("skip", x, {0, 1, 2, Gather::kZero});
  const ValueId sum = net.add("add", skip, net.conv("conv1", x, 4, {.kernel = 1}));
  const ValueId picked = net.gather("picked", net.flatten("flat", sum), {0, 8, 9, 35});
  return net.build(net.linear("fc", picked, 2));
}

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> result;
  for (const Node& node : graph.nodes) result.push_back(node.name);
  return result;
}

NodeId find(const Graph& graph, const std::string& name) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].name == name) return static_cast<NodeId>(i);
  }
  throw std::out_of_range(name);
}

using Axis = std::tuple<std::string, std::string, int>;  ///< node, constant, axis

std::vector<Axis> factors(const Graph& graph, const std::string& gather) {
  std::vector<Axis> result;
  for (const FactorAxis& axis : gather_factors(graph, find(graph, gather))) {
    result.emplace_back(graph.node(axis.node).name, graph.value(axis.constant).name, axis.axis);
  }
  return result;
}

TEST(GatherScales, StandBehindGathersThatOthersThanLayersRead) {
  const Graph exposed = expose_scales(network());
  EXPECT_THAT(names(exposed),
              ElementsAre("conv0", "skip", "skip.scale", "conv1", "add", "flat", "picked", "fc"));
  const Node& scale = exposed.nodes[2];
  EXPECT_EQ(std::get<Binary>(scale.op), Binary{BinaryKind::kMul});
  EXPECT_EQ(exposed.value(scale.inputs[1]).shape, (Shape{4, 1, 1}));
  EXPECT_THAT(exposed.value(scale.inputs[1]).constant.floats, ElementsAre(1, 1, 1, 1));
  EXPECT_EQ(exposed.nodes[4].inputs[0], scale.outputs[0]);
}

TEST(GatherScales, StandBeforeConvolutionsWithGroups) {
  NetworkBuilder net(1);
  const ValueId x = net.gather("shuffle", net.input("x", {Shape::kBatch, 4, 3, 3}), {0, 2, 1, 3});
  const ValueId grouped = net.conv("grouped", x, 4, {.kernel = 1, .groups = 2});
  const ValueId depthwise = net.conv("depthwise", x, 4, {.kernel = 1, .groups = 4});
  const Graph exposed = expose_scales(net.build(net.add("add", grouped, depthwise)));
  EXPECT_THAT(factors(exposed, "shuffle"), ElementsAre(Axis{"shuffle.scale", "shuffle.scale", 0}));
}

TEST(GatherScales, ChangeNothingOfWhatTheNetworkComputes) {
  for (std::uint64_t seed = 0; seed < tests::seed_count(100); ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = tests::random_network(seed);
    EXPECT_EQ(verify(graph, expose_scales(graph), {}, std::nullopt, seed).in_double, 0.0);
  }
}

TEST(GatherScales, AreExposedOnce) {
  const Graph once = expose_scales(network());
  tests::expect_equal(expose_scales(once), once);
}

TEST(GatherScales, OfAnOutputOfTheNetworkKeepItsName) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 3});
  Graph graph = net.build(net.gather("y", x, {2, Gather::kZero}));
  const Graph exposed = expose_scales(graph);
  EXPECT_THAT(names(exposed), ElementsAre("y", "y.scale"));
  EXPECT_EQ(exposed.value(exposed.outputs[0]).name, "y");
  EXPECT_EQ(exposed.value(exposed.nodes[1].inputs[1]).shape, Shape{2});
}

TEST(GatherScales, OfOnesAloneAreDroppedAgain) {
  Graph graph = expose_scales(network());
  drop_unit_scales(graph);
  tests::expect_equal(graph, network());
  for (std::uint64_t seed = 0; seed < tests::seed_count(100); ++seed) {
    SCOPED_TRACE(seed);
    const Graph plain = tests::random_network(seed);
    Graph back = expose_scales(plain);
    drop_unit_scales(back);
    EXPECT_EQ(names(back), names(plain));
    EXPECT_EQ(verify(plain, back, {}, std::nullopt, seed).in_double, 0.0);
  }
}

TEST(GatherScales, OfOtherNumbersStay) {
  Graph graph = expose_scales(network());
  tests::set_elements(graph, "skip.scale", {1, 1, 0, 1});
  const std::vector<std::string> before = names(graph);
  drop_unit_scales(graph);
  EXPECT_EQ(names(graph), before);
}

TEST(GatherScales, AreFactorsOfTheGatherThatTheyStandBehind) {
  const Graph exposed = expose_scales(network());
  EXPECT_THAT(factors(exposed, "skip"), ElementsAre(Axis{"skip.scale", "skip.scale", 0}));
  EXPECT_THAT(factors(exposed, "picked"), ElementsAre(Axis{"fc", "fc.weight", 1}));
  EXPECT_THAT(factors(network(), "skip"), IsEmpty());
}

// What gates rely on: with the factors of a channel zero, the Gather's output does not matter.
/// Which of the channels that "skip" picked matter.
std::vector<bool> used(const Graph& graph) {
  const ValueId picked = graph.node(find(graph, "skip")).outputs[0];
  return analyse(graph).values[static_cast<std::size_t>(picked)].used;
}

TEST(GatherScales, WithAFactorOfZeroTheChannelIsNotUsed) {
  Graph graph = expose_scales(network());  // fc reads channels 0, 1 and 3, which is zero
  EXPECT_THAT(used(graph), ElementsAre(true, true, false, false));
  tests::set_elements(graph, "skip.scale", {1, 0, 1, 1});
  EXPECT_THAT(used(graph), ElementsAre(true, false, false, false));
}

}  // namespace
}  // namespace ockham::converters
