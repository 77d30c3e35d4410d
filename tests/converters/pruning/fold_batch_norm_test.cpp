#include "converters/pruning/fold_batch_norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "converters/pruning/verify.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using testing::ElementsAre;
using tests::NetworkBuilder;

std::int64_t batch_norms(const Graph& graph) {
  return std::ranges::count_if(
      graph.nodes, [](const Node& node) { return std::holds_alternative<BatchNorm>(node.op); });
}

Agreement fold_and_verify(const Graph& graph, Graph& folded) {
  ExactConstants exact;
  folded = graph;
  fold_batch_norms(folded, exact);
  return verify(graph, folded, exact, std::nullopt, 1);
}

TEST(FoldBatchNorm, ScalesFiltersAndMovesBiases) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2});
  Graph graph = net.build(net.batch_norm("bn", net.linear("fc", x, 2)));
  std::get<BatchNorm>(graph.nodes[1].op).epsilon = 0.5f;
  tests::set_elements(graph, "fc.weight", {1, 2, 3, 4});
  tests::set_elements(graph, "fc.bias", {5, 6});
  tests::set_elements(graph, "bn.scale", {4, 0});
  tests::set_elements(graph, "bn.shift", {0.25f, 7});
  tests::set_elements(graph, "bn.mean", {3, 3});
  tests::set_elements(graph, "bn.variance", {3.5f, 3.5f});
  ExactConstants exact;
  fold_batch_norms(graph, exact);
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "bn") << "the output keeps its name";
  EXPECT_EQ(graph.values.size(), 4u) << "x, weight, bias, bn";
  EXPECT_THAT(exact.at("fc.weight"), ElementsAre(2, 4, 0, 0));
  EXPECT_THAT(exact.at("fc.bias"), ElementsAre((5 - 3) * 2 + 0.25, 7));
}

TEST(FoldBatchNorm, GivesLayersTheBiasTheyLack) {
  const Graph graph = tests::residual_network(1);
  Graph folded;
  EXPECT_LT(fold_and_verify(graph, folded).in_double, kDoubleTolerance);
  EXPECT_EQ(batch_norms(folded), 0);
  EXPECT_GE(folded.find_value("conv1.bias"), 0);
}

TEST(FoldBatchNorm, WorksOnDepthwiseConvolutions) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 3, 5, 5});
  const Graph graph = net.build(
      net.batch_norm("bn", net.conv("depthwise", x, 6, {.pad = 1, .groups = 3, .bias = false})));
  Graph folded;
  fold_and_verify(graph, folded);
  EXPECT_EQ(batch_norms(folded), 0);
}

TEST(FoldBatchNorm, WorksOnGroupedConvolutions) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 4, 5, 5});
  const Graph graph =
      net.build(net.batch_norm("bn", net.conv("conv", x, 6, {.kernel = 3, .pad = 1, .groups = 2})));
  Graph folded;
  EXPECT_LT(fold_and_verify(graph, folded).in_double, kDoubleTolerance);
  EXPECT_EQ(batch_norms(folded), 0);
}

// A transposed convolution: filters in blocks, then pixels that move.
TEST(FoldBatchNorm, WorksThroughMovedPixels) {
  NetworkBuilder net(1);
  ValueId x = net.input("x", {Shape::kBatch, 3, 4, 4});
  x = net.conv("conv", x, 8, {.kernel = 3, .pad = 1, .bias = false});
  x = net.graph().add_node("blocks", DepthToSpace{{2, 2}}, {x});
  x = net.graph().add_node("crop", SpatialGather{2, {0, 1, 2, 3, 4, 5, 6}}, {x});
  const Graph graph = net.build(net.batch_norm("bn", x));
  Graph folded;
  EXPECT_LT(fold_and_verify(graph, folded).in_double, kDoubleTolerance);
  EXPECT_EQ(batch_norms(folded), 0);
  EXPECT_EQ(folded.value(folded.outputs[0]).name, "bn");
}

TEST(FoldBatchNorm, WorksOnAllLayersOfAConcat) {
  NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2, 4, 4});
  const ValueId a = net.conv("a", x, 3, {.pad = 1}), c = net.conv("c", x, 1, {.pad = 1});
  const ValueId pixels = net.graph().add_node(
      "pixels", DepthToSpace{{2, 2}}, {net.conv("b", x, 8, {.kernel = 2, .stride = 2, .pad = 0})});
  const ValueId inner = net.concat("inner", {pixels, c});
  const Graph graph = net.build(net.batch_norm("bn", net.concat("outer", {a, inner})));
  Graph folded;
  EXPECT_LT(fold_and_verify(graph, folded).in_double, kDoubleTolerance);
  EXPECT_EQ(batch_norms(folded), 0);
  EXPECT_EQ(folded.value(folded.outputs[0]).name, "bn");
}

TEST(FoldBatchNorm, LeavesOneBehindAConcatOfOtherThings) {
  const auto left = [](bool with_input, bool is_read_beside, bool is_twice) {
    NetworkBuilder net(1);
    const ValueId x = net.input("x", {Shape::kBatch, 2, 4, 4});
    const ValueId a = net.conv("a", x, 2, {.kernel = 1}), b = net.conv("b", x, 2, {.kernel = 1});
    ValueId y = net.concat("concat", {a, with_input ? x : is_twice ? a : b});
    y = net.batch_norm("bn", y);
    if (is_read_beside) y = net.concat("beside", {y, a});
    Graph folded;
    fold_and_verify(net.build(y), folded);
    return batch_norms(folded);
  };
  EXPECT_EQ(left(true, false, false), 1);
  EXPECT_EQ(left(false, true, false), 1);
  EXPECT_EQ(left(false, false, true), 1);
  EXPECT_EQ(left(false, false, false), 0);
}

TEST(FoldBatchNorm, LeavesOneThatIsNotTheOnlyReader) {
  NetworkBuilder net(1);
  const ValueId conv = net.conv("conv", net.input("x", {Shape::kBatch, 2, 5, 5}), 3, {});
  const Graph graph = net.build(net.add("add", net.batch_norm("bn", conv), conv));
  Graph folded;
  fold_and_verify(graph, folded);
  EXPECT_EQ(batch_norms(folded), 1);
}

TEST(FoldBatchNorm, LeavesOneBehindAPool) {
  NetworkBuilder net(1);
  const ValueId conv = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 4, {});
  const Graph graph = net.build(net.batch_norm("bn", net.max_pool("pool", conv)));
  Graph folded;
  fold_and_verify(graph, folded);
  EXPECT_EQ(batch_norms(folded), 1);
}

TEST(FoldBatchNorm, LeavesALayerWhoseOutputIsAskedFor) {
  NetworkBuilder net(1);
  const ValueId conv = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 4, {});
  Graph graph = net.build(net.batch_norm("bn", conv));
  graph.outputs.push_back(conv);
  Graph folded;
  fold_and_verify(graph, folded);
  EXPECT_EQ(batch_norms(folded), 1);
}

TEST(FoldBatchNorm, FoldsOneBehindTheOther) {
  NetworkBuilder net(1);
  const ValueId conv = net.conv("conv", net.input("x", {Shape::kBatch, 2, 6, 6}), 4, {});
  const Graph graph = net.build(net.batch_norm("bn2", net.batch_norm("bn1", conv)));
  Graph folded;
  fold_and_verify(graph, folded);
  EXPECT_EQ(batch_norms(folded), 0);
}

}  // namespace
}  // namespace ockham::converters
