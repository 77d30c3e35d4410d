#include "converters/pruning/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "converters/channels/channel_structure.h"
#include "converters/pruning/compact.h"
#include "converters/pruning/verify.h"
#include "runtime/graph/validate.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using testing::ElementsAre;
using tests::NetworkBuilder;

TEST(Prepare, SetsSubnormalsToZero) {
  NetworkBuilder net(1);
  Graph graph = net.build(net.linear("fc", net.input("x", {Shape::kBatch, 3}), 1));
  const float smallest = std::numeric_limits<float>::min();
  tests::set_elements(graph, "fc.weight", {smallest / 2, -smallest / 4, smallest});
  for (const Graph& prepared : {prepare(graph), without_subnormals(graph)}) {
    EXPECT_THAT(prepared.value(prepared.find_value("fc.weight")).constant.floats,
                ElementsAre(0.0f, 0.0f, smallest));
  }
}

/// Two convolutions that read the same weights and bias, as exporters write equal constants.
Graph shared_weights() {
  NetworkBuilder net(1);
  ValueId x = net.conv("first", net.input("x", {Shape::kBatch, 3, 6, 6}), 3, {});
  const std::vector<ValueId> inputs = net.graph().nodes[0].inputs;
  x = net.graph().add_node("second", net.graph().nodes[0].op, {x, inputs[1], inputs[2]});
  return net.build(net.conv("last", x, 2, {.kernel = 1}));
}

TEST(Prepare, GivesEachNodeItsOwnConstants) {
  const Graph graph = shared_weights();
  const Graph prepared = prepare(graph);
  validate(prepared);
  EXPECT_EQ(prepared.node(0).inputs[1], graph.node(0).inputs[1]) << "the first reader's stay";
  EXPECT_EQ(prepared.value(prepared.node(1).inputs[1]).name, "first.weight.second");
  EXPECT_EQ(prepared.value(prepared.node(1).inputs[1]).constant.floats.data(),
            graph.value(graph.node(0).inputs[1]).constant.floats.data())
      << "a view, not a copy";
}

TEST(Prepare, LetsSharedLayersShrinkEachInItsOwnWay) {
  Graph graph = shared_weights();
  tests::zero_slices(graph, "last.weight", 1, {1});
  EXPECT_FALSE(plan_pruning(graph, channel_structure(graph), analyse(graph)).changes_anything());
  const Graph prepared = prepare(graph);
  const PruningPlan plan = plan_pruning(prepared, channel_structure(prepared), analyse(prepared));
  EXPECT_TRUE(plan.changes_anything());
  const Compacted compacted = compact(prepared, plan);
  EXPECT_LT(verify(graph, compacted.graph, compacted.exact, std::nullopt, 1).in_double, 1e-12);
}

}  // namespace
}  // namespace ockham::converters
