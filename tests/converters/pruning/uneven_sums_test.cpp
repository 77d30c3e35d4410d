#include "converters/pruning/uneven_sums.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "converters/pruning/conversion.h"
#include "converters/pruning/verify.h"
#include "runtime/graph/cost.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using tests::NetworkBuilder;

/// A sum of two convolutions of `channels` channels, of which the given filters are zero.
Graph sum_of_two(std::int64_t channels, std::int64_t inputs,
                 const std::vector<std::int64_t>& zero_left,
                 const std::vector<std::int64_t>& zero_right) {
  NetworkBuilder net(7);
  const NetworkBuilder::ConvOptions padded{.kernel = 3, .pad = 1, .bias = false};
  const ValueId stem = net.conv("stem", net.input("x", {Shape::kBatch, 2, 6, 6}), inputs, padded);
  const ValueId left = net.conv("left", stem, channels, padded);
  const ValueId right = net.conv("right", stem, channels, padded);
  Graph graph = net.build(net.conv("end", net.add("sum", left, right), 2, padded));
  const auto zero = [&](const char* name, const std::vector<std::int64_t>& filters) {
    const Value& weight = graph.value(graph.find_value(name));
    std::vector<float> elements(weight.constant.floats.begin(), weight.constant.floats.end());
    const std::int64_t run = weight.shape.elements() / weight.shape[0];
    for (const std::int64_t f : filters) std::fill_n(elements.begin() + f * run, run, 0.0f);
    graph.set_constant(graph.find_value(name), weight.shape, std::move(elements));
  };
  zero("left.weight", zero_left);
  zero("right.weight", zero_right);
  return graph;
}

std::int64_t count_gathers(const Graph& graph) {
  return std::ranges::count_if(
      graph.nodes, [](const Node& node) { return std::holds_alternative<Gather>(node.op); });
}

void expect_exact_and_final(const Graph& graph, const Conversion& once) {
  EXPECT_NO_THROW(verify(graph, once.compacted.graph, once.compacted.exact, std::nullopt, 1));
  const Conversion twice = convert(once.compacted.graph);
  EXPECT_FALSE(twice.plan.changes_anything());
  EXPECT_EQ(twice.compacted.graph.nodes.size(), once.compacted.graph.nodes.size());
}

TEST(UnevenSums, ZerosOfBothSidesComeFromGathersWhereThatIsCheaper) {
  const Graph graph = sum_of_two(8, 16, {0, 1, 2}, {5, 6});
  const Conversion once = convert(graph);
  EXPECT_EQ(count_gathers(once.compacted.graph), 2);
  EXPECT_EQ(once.explanation.layers[1].width_after, 5) << once.explanation.text();
  EXPECT_EQ(once.explanation.layers[2].width_after, 6) << once.explanation.text();
  EXPECT_NE(once.explanation.layers[1].reason.find("put there by a gather"), std::string::npos);
  expect_exact_and_final(graph, once);
}

TEST(UnevenSums, AFewCheapZerosAreComputed) {
  const Graph graph = sum_of_two(32, 2, {3}, {});
  const Conversion once = convert(graph);
  EXPECT_EQ(count_gathers(once.compacted.graph), 0);
  EXPECT_NE(once.explanation.layers[1].reason.find("a gather would cost more"), std::string::npos)
      << once.explanation.text();
  expect_exact_and_final(graph, once);
}

TEST(UnevenSums, ChannelsThatAreZeroOnBothSidesGo) {
  const Graph graph = sum_of_two(8, 2, {1, 4}, {1, 4});
  const Conversion once = convert(graph);
  EXPECT_EQ(once.explanation.layers[1].width_after, 6);
  EXPECT_EQ(count_gathers(once.compacted.graph), 0);
  expect_exact_and_final(graph, once);
}

}  // namespace
}  // namespace ockham::converters
