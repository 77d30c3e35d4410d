#include "converters/pruning/plan_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "converters/pruning/conversion.h"
#include "converters/pruning/plan_dot.h"
#include "tests/cases/test_networks.h"
#include "tests/converters/pruning/explained.h"

namespace ockham::converters {
namespace {

using Json = nlohmann::json;
using Indices = std::vector<std::int64_t>;

Json plan_of(const Graph& graph) {
  const Explained plan = explained(graph);
  return Json::parse(plan_json(graph, plan.plan, plan.explanation));
}

/// The element of a list with this name; null: none.
Json named(const Json& list, const std::string& name) {
  for (const Json& one : list) {
    if (one["name"] == name) return one;
  }
  return nullptr;
}

std::vector<std::string> nodes(const Json& axes) {
  std::vector<std::string> names;
  for (const Json& axis : axes) names.push_back(axis["node"]);
  return names;
}

Graph pruned_lenet5() {
  Graph graph = tests::lenet5(1);
  tests::zero_filters(graph, "conv1", {0, 5});
  tests::zero_filters(graph, "conv2", {49});
  return graph;
}

TEST(PlanJson, NamesWhatEachLayerLosesByIndex) {
  const Json layers = plan_of(pruned_lenet5())["layers"];
  EXPECT_EQ(named(layers, "conv1")["removed_filters"], Indices({0, 5}));
  EXPECT_EQ(named(layers, "conv1")["removed_inputs"], Indices());
  EXPECT_EQ(named(layers, "conv1")["reason"], "2 filters are zero");
  EXPECT_EQ(named(layers, "conv2")["removed_inputs"], Indices({0, 5}));
  EXPECT_EQ(named(layers, "conv2")["removed_filters"], Indices({49}));
  Indices columns;  // 4 x 4 pixels of a channel
  for (std::int64_t i = 49 * 16; i < 50 * 16; ++i) columns.push_back(i);
  EXPECT_EQ(named(layers, "fc1")["removed_inputs"], columns);
}

TEST(PlanJson, ListsTheMembersOfAGroup) {
  const Json groups = plan_of(pruned_lenet5())["groups"];
  const Json group = named(groups, "conv2");
  EXPECT_EQ(group["width"], 50);
  EXPECT_EQ(group["removed"], Indices({49}));
  EXPECT_EQ(group["keep"].size(), 49U);
  EXPECT_EQ(nodes(group["members"]["producers"]), (std::vector<std::string>{"conv2", "conv2"}));
  EXPECT_EQ(nodes(group["members"]["consumers"]), std::vector<std::string>{"fc1"});
  EXPECT_EQ(group["members"]["consumers"][0], Json({{"node", "fc1"},
                                                    {"constant", "fc1.weight"},
                                                    {"axis", 1},
                                                    {"block", 16},
                                                    {"first", 0},
                                                    {"slices", 1}}));
  EXPECT_EQ(group["members"]["values"][0],
            Json({{"name", "conv2"}, {"shape", "[N, 50, 8, 8]"}, {"block", 1}, {"first", 0}}));
  EXPECT_EQ(named(groups, "fc2")["why_not"], "output of the network");
}

TEST(PlanJson, SaysWhereTheChannelsOfAPartAreBehindAConcat) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 4, 4});
  const ValueId a = net.conv("a", x, 3, {.kernel = 1}), b = net.conv("b", x, 2, {.kernel = 1});
  const ValueId beside = net.conv("beside", x, 10, {.kernel = 1});
  const ValueId sum = net.add("sum", net.concat("concat", {a, b, a, b}), beside);
  Graph graph = net.build(net.conv("next", net.batch_norm("bn", sum), 1, {.kernel = 1}));
  for (const std::string layer : {"b", "beside"}) tests::zero_filters(graph, layer, {1});
  tests::zero_filters(graph, "beside", {4, 9});
  const Json plan = plan_of(graph);
  EXPECT_EQ(named(plan["layers"], "beside")["groups"], Json({"a", "b"}));
  EXPECT_EQ(named(plan["layers"], "beside")["group"], "a");
  EXPECT_EQ(named(plan["layers"], "beside")["removed_filters"], Indices({4, 9}));
  EXPECT_EQ(named(plan["layers"], "next")["removed_inputs"], Indices({4, 9}));
  const Json group = named(plan["groups"], "b");
  EXPECT_EQ(group["removed"], Indices({1}));
  const Json& scale = group["members"]["channelwise"][0];
  EXPECT_EQ(scale["constant"], "bn.scale");
  EXPECT_EQ(scale["block"], 2);
  EXPECT_EQ(scale["first"], 3);
  EXPECT_EQ(scale["indices"], Indices({3, 8, 4, 9}));
  EXPECT_EQ(group["members"]["carriers"], group["members"]["channelwise"]) << "its former name";
}

TEST(PlanJson, TotalsAreTheSumsOverTheLayers) {
  const Json plan = plan_of(pruned_lenet5());
  std::int64_t before = 0, after = 0;
  for (const Json& layer : plan["layers"]) {
    before += layer["macs"]["before"].get<std::int64_t>();
    after += layer["macs"]["after"].get<std::int64_t>();
  }
  EXPECT_EQ(plan["total"]["macs"], Json({{"before", before}, {"after", after}}));
  EXPECT_LT(after, before);
}

TEST(PlanJson, IndicesAgreeWithTheWidthsOfRandomNetworks) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Json plan = plan_of(tests::random_network(seed));
    for (const Json& layer : plan["layers"]) {
      const auto lost = [&](const char* what) {
        return layer[what]["before"].get<std::size_t>() - layer[what]["after"].get<std::size_t>();
      };
      EXPECT_EQ(layer["removed_inputs"].size(), lost("inputs")) << seed << " " << layer;
      EXPECT_EQ(layer["removed_filters"].size(), lost("width")) << seed << " " << layer;
    }
  }
}

// Behind a convolution of zeros nothing is left of the block.
TEST(PlanJson, NamesEliminatedLayers) {
  tests::NetworkBuilder net(4);
  const tests::NetworkBuilder::ConvOptions plain{.kernel = 1};
  const ValueId x = net.conv("stem", net.input("x", {Shape::kBatch, 1, 6, 6}), 3, plain);
  const ValueId first = net.relu("relu", net.conv("first", x, 2, plain));
  const ValueId branch = net.conv("second", first, 3, plain);
  Graph graph = net.build(net.conv("end", net.add("sum", branch, x), 2, plain));
  for (const char* name : {"second.weight", "second.bias"}) {
    const ValueId id = graph.find_value(name);
    const Shape shape = graph.value(id).shape;
    graph.set_constant(id, shape,
                       std::vector<float>(static_cast<std::size_t>(shape.elements()), 0.0f));
  }
  const Conversion conversion = convert(graph);
  const Json json =
      Json::parse(plan_json(conversion.masked, conversion.plan, conversion.explanation));
  const Json& second = json["layers"][2];
  EXPECT_EQ(second["name"], "second");
  EXPECT_EQ(second["width"]["after"], 0);
  EXPECT_EQ(second["removed_filters"], Json::parse("[0, 1, 2]"));
  EXPECT_TRUE(second["group"].is_null());
  EXPECT_NE(second["reason"].get<std::string>().find("constant at sum"), std::string::npos);
  EXPECT_EQ(conversion.compacted.graph.nodes.size(), 2u) << "stem and end";
  EXPECT_NE(plan_dot(conversion.masked, conversion.plan, conversion.explanation,
                     conversion.compacted.graph),
            "");
}

TEST(PlanJson, ANameThatIsNotUtf8DoesNotStopIt) {
  tests::NetworkBuilder net(3);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 6, 6});
  const Graph graph = net.build(net.conv("bad \xff name", x, 2, {}));
  EXPECT_EQ(plan_of(graph)["layers"][0]["name"], "bad \xEF\xBF\xBD name");
}

}  // namespace
}  // namespace ockham::converters
