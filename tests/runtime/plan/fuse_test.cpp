#include "runtime/plan/fuse.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cases/test_networks.h"

namespace ockham {
namespace {

constexpr std::int64_t kN = Shape::kBatch;

// Layers take batch norms and activations, batch norms and arithmetic take ReLU alone.
bool is_supported(const PlanRequest& request, const PlanStep& step) {
  const Operator& op = computing_node(request.graph, step).op;
  if (is_layer(op)) return true;
  const Unary* activation = fused_activation(request.graph, step);
  const bool takes_relu =
      std::holds_alternative<BatchNorm>(op) || std::holds_alternative<Binary>(op);
  return step.batch_norm < 0 &&
         (activation == nullptr || (takes_relu && activation->kind == UnaryKind::kRelu));
}

constexpr Candidate kNever = {"never", "takes nothing", LayoutRule::kAny,
                              [](const PlanRequest&, const PlanStep&) { return false; }};
constexpr Candidate kSome = {"some", "takes what it takes", LayoutRule::kAny, is_supported};
constexpr const Candidate* kCandidates[] = {&kNever, &kSome};

// Layers with pools and whatever stands before or behind those, but for averages.
bool is_layer_with_pool(const PlanRequest& request, const PlanStep& step) {
  const Pool2d* pool = fused_pool(request.graph, step);
  return is_layer(computing_node(request.graph, step).op) &&
         (pool == nullptr || pool->kind == PoolKind::kMax);
}
constexpr Candidate kPooling = {.name = "pooling",
                                .reason = "takes pools",
                                .layout = LayoutRule::kRowMajor,
                                .supports = is_layer_with_pool,
                                .takes_pool = true};
constexpr const Candidate* kPoolingToo[] = {&kPooling, &kSome};

std::vector<PlanStep> fuse(const Graph& graph, Candidates candidates = kCandidates) {
  return ockham::fuse({.graph = graph}, candidates);
}

std::vector<std::string> fused_ops(const Graph& graph, Candidates candidates = kCandidates) {
  std::vector<std::string> ops;
  for (const PlanStep& step : fuse(graph, candidates)) ops.push_back(step.op);
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
  EXPECT_EQ(steps[0].node, 0);
  EXPECT_EQ(steps[0].batch_norm, 1);
  EXPECT_EQ(steps[0].activation, 2);
  EXPECT_EQ(steps[0].inputs, std::vector<ValueId>{image});
  EXPECT_EQ(graph.value(steps[0].output).name, "relu");
  EXPECT_EQ(steps[0].macs, 4 * 36 * 4 * 9);
  EXPECT_EQ(steps[0].params, 4 * 4 * 9 + 4);
  ASSERT_NE(folded_batch_norm(graph, steps[0]), nullptr);
  EXPECT_EQ(folded_batch_norm(graph, steps[0])->name, "bn");
  ASSERT_NE(fused_activation(graph, steps[0]), nullptr);
  EXPECT_EQ(fused_activation(graph, steps[0])->kind, UnaryKind::kRelu);
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

TEST_F(Fuse, TakesWhatACandidateTakes) {
  const Unary sigmoid{.kind = UnaryKind::kSigmoid};
  const ValueId gate = net.unary("gate", net.conv("conv", image, 4, same), sigmoid);
  const Graph graph = net.build(net.unary("sigmoid", net.add("add", gate, image), sigmoid));
  EXPECT_EQ(fused_ops(graph), (Ops{"conv2d+sigmoid", "add", "sigmoid"}));
}

TEST_F(Fuse, LeavesAReluBehindAPool) {
  const Graph graph = net.build(net.relu("relu", net.max_pool("pool", image)));
  const std::vector<PlanStep> steps = fuse(graph);
  EXPECT_EQ(fused_ops(graph), (Ops{"max_pool", "relu"}));
  EXPECT_EQ(fused_activation(graph, steps[1]), nullptr);  // it is one, nothing is fused into it
}

TEST_F(Fuse, TakesAPoolWhereACandidateSaysSo) {
  const ValueId conv = net.conv("conv", image, 4, same);
  const ValueId pool = net.max_pool("pool", net.relu("relu", net.batch_norm("bn", conv)));
  const Graph graph = net.build(pool);
  EXPECT_EQ(fused_ops(graph), (Ops{"conv2d+batch_norm+relu", "max_pool"}));
  const std::vector<PlanStep> steps = fuse(graph, kPoolingToo);
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].op, "conv2d+batch_norm+relu+max_pool");
  EXPECT_EQ(steps[0].activation, 2);
  EXPECT_EQ(steps[0].pool, 3);
  EXPECT_EQ(steps[0].output, pool);
  EXPECT_EQ(steps[0].macs, 4 * 36 * 4 * 9);
  ASSERT_NE(fused_pool(graph, steps[0]), nullptr);
  EXPECT_EQ(fused_pool(graph, steps[0])->window.stride[0], 2);
}

TEST_F(Fuse, TakesAnActivationBehindAPool) {
  const ValueId pool = net.max_pool("pool", net.conv("conv", image, 4, same));
  const Graph graph = net.build(net.relu("relu2", net.relu("relu1", pool)));
  const std::vector<PlanStep> steps = fuse(graph, kPoolingToo);
  EXPECT_EQ(fused_ops(graph, kPoolingToo), (Ops{"conv2d+max_pool+relu", "relu"}));
  EXPECT_EQ(steps[0].pool, 1);
  EXPECT_EQ(steps[0].activation, 2);
}

TEST_F(Fuse, LeavesPoolsThatNoCandidateTakes) {
  const Pool2d average{.kind = PoolKind::kAverage, .window = {.kernel = {2, 2}}};
  const ValueId y = net.pool("pool", net.conv("conv", image, 4, same), average);
  EXPECT_EQ(fused_ops(net.build(y), kPoolingToo), (Ops{"conv2d", "average_pool"}));
}

TEST_F(Fuse, LeavesAPoolOfWhatSomebodyElseReads) {
  const ValueId y = net.relu("relu", net.conv("conv", image, 4, same));
  const Graph graph = net.build({net.max_pool("pool", y), net.relu("again", y)});
  EXPECT_EQ(fused_ops(graph, kPoolingToo), (Ops{"conv2d+relu", "max_pool", "relu"}));
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
    for (const NodeId node : {step.node, step.batch_norm, step.activation, step.pool}) {
      if (node >= 0) nodes.push_back(node);
    }
  }
  std::ranges::sort(nodes);
  ASSERT_EQ(nodes.size(), graph.nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) EXPECT_EQ(nodes[i], static_cast<NodeId>(i));
}

}  // namespace
}  // namespace ockham
