#include "runtime/graph/cost.h"

#include <gtest/gtest.h>

#include <limits>

#include "runtime/graph/node_inputs.h"
#include "tests/cases/test_networks.h"

namespace ockham {
namespace {

constexpr std::int64_t kN = Shape::kBatch;

TEST(Cost, OfLeNet5IsThePublishedOne) {
  const GraphCost counted = cost(tests::lenet5(1));
  EXPECT_EQ(counted.total.macs, 2'293'000);
  EXPECT_EQ(counted.total.params, 431'080);
}

TEST(Cost, OfEachLayerOfLeNet5) {
  const Graph graph = tests::lenet5(1);
  const GraphCost counted = cost(graph);
  ASSERT_EQ(counted.nodes.size(), graph.nodes.size());
  const auto of = [&](const std::string& name) {
    const NodeId id = graph.producer(graph.find_value(name));
    return counted.nodes[static_cast<std::size_t>(id)];
  };
  EXPECT_EQ(of("conv1").macs, 24 * 24 * 20 * 25);
  EXPECT_EQ(of("conv1").params, 20 * 25 + 20);
  EXPECT_EQ(of("conv1").bytes_read, 4 * (28 * 28 + 20 * 25 + 20));
  EXPECT_EQ(of("conv1").bytes_written, 4 * 20 * 24 * 24);
  EXPECT_EQ(of("conv2").macs, 8 * 8 * 50 * 20 * 25);
  EXPECT_EQ(of("fc1").macs, 800 * 500);
  EXPECT_EQ(of("fc2").params, 500 * 10 + 10);
  EXPECT_EQ(of("pool1").macs, 0);
  EXPECT_EQ(of("pool1").params, 0);
}

TEST(Cost, CountsPaddingInFullAndDividesByGroups) {
  tests::NetworkBuilder builder(1);
  const ValueId x = builder.input("image", {kN, 8, 6, 6});
  const Graph graph = builder.build(
      builder.conv("conv", x, 12, {.kernel = 3, .pad = 1, .groups = 4, .bias = false}));
  const GraphCost counted = cost(graph);
  EXPECT_EQ(counted.total.macs, 6 * 6 * 12 * 2 * 9);
  EXPECT_EQ(counted.total.params, 12 * 2 * 9);
}

TEST(Cost, DoesNotCountBatchNorms) {
  tests::NetworkBuilder builder(1);
  const ValueId x = builder.input("image", {kN, 8, 6, 6});
  const GraphCost counted = cost(builder.build(builder.batch_norm("bn", x)));
  EXPECT_EQ(counted.total.macs, 0);
  EXPECT_EQ(counted.total.params, 0);
}

TEST(Cost, OfArithmeticIsMemoryAlone) {
  tests::NetworkBuilder builder(1);
  const ValueId x = builder.input("image", {kN, 8, 6, 6});
  const ValueId factor = builder.constant("factor", {8, 1, 1}, 1, 1);
  const GraphCost counted = cost(builder.build(builder.binary("mul", BinaryKind::kMul, x, factor)));
  EXPECT_EQ(counted.total.macs, 0);
  EXPECT_EQ(counted.total.params, 0);
  EXPECT_EQ(counted.total.bytes_read, 4 * (8 * 6 * 6 + 8));
  EXPECT_EQ(counted.total.bytes_written, 4 * 8 * 6 * 6);
}

TEST(Cost, OfAConcatIsMemoryAlone) {
  tests::NetworkBuilder builder(1);
  const ValueId x = builder.input("image", {kN, 8, 6, 6});
  const GraphCost counted = cost(builder.build(builder.concat("concat", {x, x, x})));
  EXPECT_EQ(counted.total.macs, 0);
  EXPECT_EQ(counted.total.params, 0);
  EXPECT_EQ(counted.total.bytes_read, 3 * 4 * 8 * 6 * 6);
  EXPECT_EQ(counted.total.bytes_written, 3 * 4 * 8 * 6 * 6);
}

TEST(Cost, OfAGatherIsMemoryAlone) {
  tests::NetworkBuilder builder(1);
  const ValueId x = builder.input("image", {kN, 8, 6, 6});
  const GraphCost counted = cost(builder.build(builder.gather("gather", x, {7, 0, 3})));
  EXPECT_EQ(counted.total.macs, 0);
  EXPECT_EQ(counted.total.params, 0);
  EXPECT_EQ(counted.total.bytes_read, 4 * 8 * 36);
  EXPECT_EQ(counted.total.bytes_written, 4 * 3 * 36);
}

TEST(Cost, OfWhatMovesOrWeighsPixelsIsMemoryAlone) {
  const struct {
    Operator op;
    std::int64_t written;  ///< elements
  } cases[] = {{Gather{{7, Gather::kZero}}, 2 * 36},
               {SpatialGather{2, {5, 0}}, 8 * 2 * 6},
               {Pad{{1, 0}, {2, 3}}, 8 * 9 * 9},
               {Transpose{{0, 3, 1, 2}}, 8 * 36},
               {DepthToSpace{{2, 2}}, 8 * 36},
               {Resize{.kind = ResizeKind::kLinear, .size = {12, 3}}, 8 * 36},
               {Lrn{5}, 8 * 36}};
  for (const auto& [op, written] : cases) {
    SCOPED_TRACE(operator_name(op));
    tests::NetworkBuilder builder(1);
    const ValueId x = builder.input("image", {kN, 8, 6, 6});
    const GraphCost counted = cost(builder.build(builder.graph().add_node("y", op, {x})));
    EXPECT_EQ(counted.total.macs, 0);
    EXPECT_EQ(counted.total.params, 0);
    EXPECT_EQ(counted.total.bytes_read, 4 * 8 * 36);
    EXPECT_EQ(counted.total.bytes_written, 4 * written);
  }
}

// Extents that a file may claim one by one multiply beyond 64 bits.
TEST(Cost, StopsAtTheLargestNumberInsteadOfOverflowing) {
  constexpr std::int64_t kLarge = std::int64_t{1} << 20;
  const OperatorInputs inputs{"conv", {{{kN, 1, kLarge, kLarge}}, {{kLarge, 1, 1, 1}, true}}};
  const Shape output = {kN, kLarge, kLarge, kLarge};
  EXPECT_THROW(operator_cost(Conv2d{}, inputs, output), Error);  // the output itself is too large
  EXPECT_EQ(saturating_multiply(std::int64_t{1} << 40, std::int64_t{1} << 40),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(saturating_add(std::numeric_limits<std::int64_t>::max(), 1),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(saturating_multiply(3, 4), 12);
  EXPECT_EQ(saturating_add(3, 4), 7);
}

TEST(Cost, OfManyHugeLayersSaturates) {
  Graph graph;
  graph.values.push_back({.name = "image", .shape = {kN, 1, 1 << 20, 1 << 20}});
  graph.inputs = {0};
  const ConstantView nothing = own({});  // cost looks at shapes only
  graph.values.push_back({.name = "weight",
                          .shape = {1, 1, 1 << 19, 1 << 19},
                          .is_constant = true,
                          .constant = nothing});
  ValueId x = 0;
  for (int layer = 0; layer < 2; ++layer) {
    Conv2d op{.window = {.kernel = {1 << 19, 1 << 19},
                         .pad_begin = {1 << 18, 1 << 18},
                         .pad_end = {(1 << 18) - 1, (1 << 18) - 1}}};
    x = graph.add_node("conv" + std::to_string(layer), op, {x, 1});
  }
  EXPECT_EQ(cost(graph).total.macs, std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace ockham
