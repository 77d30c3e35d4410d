#include "runtime/graph/unread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/graph/validate.h"
#include "tests/cases/test_networks.h"

namespace ockham {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kN = Shape::kBatch;

/// conv1 -> relu1 -> output, and conv2, relu2 on conv1, which nobody reads.
Graph with_a_dead_end() {
  tests::NetworkBuilder builder(1);
  const ValueId x = builder.input("image", {kN, 2, 6, 6});
  const ValueId shared = builder.conv("conv1", x, 4, {.kernel = 3});
  builder.relu("relu2", builder.conv("conv2", shared, 3, {.kernel = 1}));
  return builder.build(builder.relu("relu1", shared));
}

std::vector<std::string> names(const std::vector<Node>& nodes) {
  std::vector<std::string> all;
  for (const Node& node : nodes) all.push_back(node.name);
  return all;
}

TEST(Unread, NodesAreThoseThatNoOutputDependsOn) {
  const Graph graph = with_a_dead_end();
  ASSERT_THAT(names(graph.nodes), ElementsAre("conv1", "conv2", "relu2", "relu1"));
  EXPECT_THAT(unread_nodes(graph), ElementsAre(false, true, true, false));
}

TEST(Unread, NodesGoAndTheirConstantsWithThem) {
  Graph graph = with_a_dead_end();
  EXPECT_THAT(names(drop_unread_nodes(graph)), ElementsAre("relu2", "conv2"));
  EXPECT_THAT(names(graph.nodes), ElementsAre("conv1", "relu1"));
  EXPECT_EQ(graph.values.size(), 5u);  // image, two of conv1's constants, what each node computes
  validate(graph);
}

TEST(Unread, InputsStay) {
  tests::NetworkBuilder builder(1);
  builder.input("left", {kN, 2});
  const ValueId x = builder.input("right", {kN, 2});
  Graph graph = builder.build(builder.relu("relu", x));
  EXPECT_THAT(drop_unread_nodes(graph), IsEmpty());
  EXPECT_EQ(graph.inputs.size(), 2u);
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "left");
}

}  // namespace
}  // namespace ockham
