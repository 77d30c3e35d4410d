#include "runtime/plan/fuse.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cases/test_networks.h"

namespace ockham {
namespace {

constexpr std::int64_t kN = Shape::kBatch;

std::vector<std::string> fused_ops(const Graph& graph) {
  std::vector<std::string> ops;
  for (const PlanStep& step : fuse(graph)) ops.push_back(step.op);
  return ops;
}

using Ops = std::vector<std::string>;

class Fuse : public testing::Test {
 protected:
  tests::NetworkBuilder net{1};
  ValueId image = net.input("image", {kN, 4, 6, 6});
  const tests::NetworkBuilder::ConvOptions same{.kernel = 3, .pad = 1};
};

TEST_F(Fuse, TakesBatchNormAndReluIntoAConvolution) {
  const ValueId conv = net.conv("conv", image, 4, same);
  const Graph graph = net.build(net.relu("relu", net.batch_norm("bn", conv)));
  const std::vector<PlanStep> steps = fuse(graph);
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].name, "conv");
  EXPECT_EQ(steps[0].op, "conv2d+batch_norm+relu");
  EXPECT_EQ(steps[0].nodes, (std::vector<NodeId>{0, 1, 2}));
  EXPECT_EQ(steps[0].inputs, std::vector<ValueId>{image});
  EXPECT_EQ(graph.value(steps[0].output).name, "relu");
  EXPECT_EQ(steps[0].macs, 4 * 36 * 4 * 9);
  EXPECT_EQ(steps[0].params, 4 * 4 * 9 + 4);
  ASSERT_NE(folded_batch_norm(graph, steps[0]), nullptr);
  EXPECT_EQ(folded_batch_norm(graph, steps[0])->name, "bn");
  EXPECT_TRUE(has_fused_relu(graph, steps[0]));
}

TEST_F(Fuse, TakesBatchNormAndReluIntoALinearLayer) {
  const ValueId fc = net.linear("fc", net.flatten("flat", image), 5);
  const Graph graph = net.build(net.relu("relu", net.batch_norm("bn", fc)));
  EXPECT_EQ(fused_ops(graph), (Ops{"flatten", "linear+batch_norm+relu"}));
}

TEST_F(Fuse, TakesAReluIntoBatchNormsAndAdditions) {
  const ValueId sum = net.relu("relu1", net.add("add", image, image));
  const Graph graph = net.build(net.relu("relu2", net.batch_norm("bn", sum)));
  EXPECT_EQ(fused_ops(graph), (Ops{"add+relu", "batch_norm+relu"}));
}

TEST_F(Fuse, LeavesAReluBehindAPool) {
  const Graph graph = net.build(net.relu("relu", net.max_pool("pool", image)));
  const std::vector<PlanStep> steps = fuse(graph);
  EXPECT_EQ(fused_ops(graph), (Ops{"max_pool", "relu"}));
  EXPECT_FALSE(has_fused_relu(graph, steps[1]));  // it is one, nothing is fused into it
}

TEST_F(Fuse, DoesNotFoldABatchNormThatComesAfterTheRelu) {
  const ValueId conv = net.conv("conv", image, 4, same);
  const Graph graph = net.build(net.batch_norm("bn", net.relu("relu", conv)));
  EXPECT_EQ(fused_ops(graph), (Ops{"conv2d+relu", "batch_norm"}));
  EXPECT_EQ(folded_batch_norm(graph, fuse(graph)[0]), nullptr);
}

TEST_F(Fuse, LeavesWhatSomebodyElseReads) {
  const ValueId conv = net.conv("conv", image, 4, same);
  const Graph graph = net.build(net.add("add", net.relu("relu", conv), conv));
  EXPECT_EQ(fused_ops(graph), (Ops{"conv2d", "relu", "add"}));
}

TEST_F(Fuse, LeavesWhatTheNetworkHandsOut) {
  const ValueId conv = net.conv("conv", image, 4, same);
  const Graph graph = net.build({net.relu("relu", conv), conv});
  EXPECT_EQ(fused_ops(graph), (Ops{"conv2d", "relu"}));
}

TEST_F(Fuse, PutsEveryNodeIntoOneStep) {
  const Graph graph = tests::residual_network(1);
  std::vector<NodeId> nodes;
  for (const PlanStep& step : fuse(graph)) {
    nodes.insert(nodes.end(), step.nodes.begin(), step.nodes.end());
  }
  std::ranges::sort(nodes);
  ASSERT_EQ(nodes.size(), graph.nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) EXPECT_EQ(nodes[i], static_cast<NodeId>(i));
}

}  // namespace
}  // namespace ockham
