// Removing channels while training, and scattering the small network back into the dense one.

#include "training/surgery/shrink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "converters/pruning/select_inputs.h"
#include "runtime/reference/reference.h"
#include "tests/cases/operator_cases.h"
#include "tests/cases/seed_count.h"
#include "tests/training/small_networks.h"

namespace ockham::training::test {
namespace {

std::vector<double> run(const Graph& graph) {
  const Shape shape = graph.value(graph.inputs[0]).shape.with_batch(2);
  const std::vector<float> floats = random_floats(shape.elements(), 7);
  const reference::Tensor<double> x{shape, {floats.begin(), floats.end()}};
  return reference::run<double>(graph, std::span(&x, 1))[0].data;
}

Shape shape_of(const Graph& graph, const std::string& constant) {
  return graph.value(graph.find_value(constant)).shape;
}

KeptChannels all_channels(const Graph& graph) {
  return training::all_channels(graph, *converters::channel_structure(graph));
}

KeptChannels living_channels(const Graph& graph, const KeptChannels& keep) {
  return training::living_channels(graph, converters::channel_structure(graph), keep);
}

Graph selected(const Graph& graph, const KeptChannels& living) {
  return select_channels(graph, converters::channel_structure(graph), living).graph;
}

Graph scattered(const Graph& dense, const Graph& compact, const KeptChannels& kept) {
  return scatter(dense, converters::channel_structure(dense), compact, kept);
}

Graph without_dead(const Graph& graph) {
  return without_dead_channels(graph, converters::channel_structure(graph));
}

TEST(Shrink, GroupsAreFiltersAndHiddenNeurons) {
  const KeptChannels all = all_channels(small_network());
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all.at("conv").size(), 4u);
  EXPECT_EQ(all.at("fc1").size(), 5u);
}

TEST(Shrink, KeepsJustTheGivenChannels) {
  const Graph dense = small_network();
  const KeptChannels keep = {{"conv", {1, 3}}, {"fc1", {0, 2, 4}}};
  EXPECT_EQ(living_channels(dense, keep), keep);
  const Graph compact = selected(dense, keep);
  EXPECT_EQ(shape_of(compact, "conv.weight"), (Shape{2, 2, 3, 3}));
  EXPECT_EQ(shape_of(compact, "fc1.weight"), (Shape{3, 2 * 9}));
  EXPECT_EQ(shape_of(compact, "fc2.weight"), (Shape{3, 3}));
}

TEST(Shrink, ScatteredNetworkComputesWhatTheSmallOneDoes) {
  const Graph dense = small_network();
  const KeptChannels keep = {{"conv", {0, 2, 3}}, {"fc1", {1, 3}}};
  const Graph compact = selected(dense, keep);
  const Graph masked = scattered(dense, compact, keep);
  EXPECT_EQ(shape_of(masked, "fc1.weight"), shape_of(dense, "fc1.weight"));
  EXPECT_EQ(run(masked), run(compact));
  EXPECT_NE(run(masked), run(dense));
  const Graph again = without_dead(masked);
  EXPECT_EQ(shape_of(again, "fc1.weight"), (Shape{2, 3 * 9}));
  EXPECT_EQ(run(again), run(compact));
}

TEST(Shrink, ShrinkingTwiceNumbersChannelsOfTheFirstNetwork) {
  const Graph dense = small_network();
  const KeptChannels first = {{"conv", {0, 2, 3}}, {"fc1", {0, 1, 2, 3, 4}}};
  const Graph once = selected(dense, first);
  const KeptChannels second = {{"conv", {1, 2}}, {"fc1", {2}}};
  const Graph twice = selected(once, second);
  const KeptChannels both = compose(first, second);
  EXPECT_EQ(both.at("conv"), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(run(selected(dense, both)), run(twice));
}

TEST(Shrink, SingleInputsAreAGroupOfTheirOwn) {
  const Graph dense = converters::expose_inputs(small_network());
  ASSERT_EQ(all_channels(dense).at("fc1.inputs").size(), 36u);
  // Channel 1 of conv has no input left and channel 3 goes with its inputs.
  const KeptChannels kept = living_channels(
      dense, {{"conv", {0, 1, 2}}, {"fc1", {0, 2}}, {"fc1.inputs", {0, 4, 8, 18, 20, 35}}});
  EXPECT_EQ(kept.at("conv"), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(kept.at("fc1.inputs"), (std::vector<std::int64_t>{0, 4, 8, 18, 20}));
  const Graph once = selected(dense, kept);
  EXPECT_EQ(shape_of(once, "conv.weight"), (Shape{2, 2, 3, 3}));
  EXPECT_EQ(shape_of(once, "fc1.weight"), (Shape{2, 5}));
  EXPECT_EQ(run(scattered(dense, once, kept)), run(once));

  const KeptChannels second =
      living_channels(once, {{"conv", {1}}, {"fc1", {0, 1}}, {"fc1.inputs", {1, 3, 4}}});
  const KeptChannels both = compose(kept, second);
  EXPECT_EQ(both.at("conv"), (std::vector<std::int64_t>{2}));
  EXPECT_EQ(both.at("fc1.inputs"), (std::vector<std::int64_t>{18, 20}));
  EXPECT_EQ(run(selected(dense, both)), run(selected(once, second)));
}

TEST(Shrink, TheLastInputKeepsItsChannel) {
  const Graph dense = converters::expose_inputs(small_network());
  const KeptChannels kept = living_channels(
      dense, {{"conv", {3}}, {"fc1", {1}}, {"fc1.inputs", {0, 1}}});  // of channel 0
  EXPECT_EQ(kept.at("fc1.inputs").size(), 1u);
  EXPECT_EQ(kept.at("conv").size(), 1u);
  EXPECT_EQ(living_channels(dense, kept), kept);
}

TEST(Shrink, TakesNothingThatIsDividedBy) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("image", {Shape::kBatch, 2, 6, 6});
  const ValueId a = net.conv("a", x, 3, {}), b = net.conv("b", x, 3, {});
  const ValueId quotient = net.binary("divide", BinaryKind::kDiv, a, b);
  const ValueId behind = net.relu("relu", net.conv("behind", quotient, 4, {}));
  const Graph graph = net.build(net.linear("fc", net.flatten("flatten", behind), 2));
  EXPECT_THAT(all_channels(graph), testing::ElementsAre(testing::Key("behind")));
}

TEST(Shrink, ChannelsGoBehindConcatsAsInFrontOfThem) {
  const Graph dense = concat_network();
  EXPECT_THAT(all_channels(dense),
              testing::ElementsAre(testing::Key("end"), testing::Key("left"), testing::Key("mix"),
                                   testing::Key("right"), testing::Key("stem")));
  const KeptChannels kept = living_channels(
      dense, {{"stem", {0, 1, 3}}, {"left", {0, 2}}, {"right", {1, 4}}, {"mix", {0, 1, 2}}});
  EXPECT_EQ(kept.at("right"), (std::vector<std::int64_t>{1, 4}));
  EXPECT_FALSE(kept.contains("end"));
  const Graph compact = selected(dense, kept);
  EXPECT_EQ(shape_of(compact, "right.weight"), (Shape{2, 3, 3, 3}));
  EXPECT_EQ(shape_of(compact, "mix.weight"), (Shape{3, 4, 1, 1}));
  EXPECT_EQ(shape_of(compact, "end.weight"), (Shape{4, 10, 1, 1}));
  const Graph masked = scattered(dense, compact, kept);
  EXPECT_EQ(shape_of(masked, "end.weight"), (Shape{4, 15, 1, 1}));
  EXPECT_EQ(run(masked), run(compact));
}

TEST(Shrink, GroupedConvolutionsStayEven) {
  const Graph dense = grouped_network();
  EXPECT_THAT(all_channels(dense),
              testing::ElementsAre(testing::Key("grouped"), testing::Key("stem")));
  const KeptChannels kept =
      living_channels(dense, {{"stem", {1, 2, 5, 6, 7}}, {"grouped", {0, 2, 3, 4, 5}}});
  EXPECT_EQ(kept.at("stem"), (std::vector<std::int64_t>{0, 1, 2, 5, 6, 7})) << "3 of each group";
  EXPECT_EQ(kept.at("grouped"), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
  const Graph compact = selected(dense, kept);
  EXPECT_EQ(shape_of(compact, "grouped.weight"), (Shape{6, 3, 3, 3}));
  const Graph masked = scattered(dense, compact, kept);
  EXPECT_EQ(shape_of(masked, "grouped.weight"), (Shape{6, 4, 3, 3}));
  EXPECT_EQ(run(masked), run(compact));
}

TEST(Shrink, WhatIsAddedToAConcatGoesWithItsParts) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("image", {Shape::kBatch, 2, 6, 6});
  const ValueId left = net.conv("left", x, 3, {}), right = net.conv("right", x, 2, {});
  const ValueId sum =
      net.add("add", net.concat("join", {left, right}), net.conv("beside", x, 5, {}));
  const ValueId behind = net.relu("relu", net.conv("behind", sum, 4, {}));
  const Graph dense = net.build(net.linear("fc", net.flatten("flatten", behind), 2));
  EXPECT_THAT(
      all_channels(dense),
      testing::ElementsAre(testing::Key("behind"), testing::Key("left"), testing::Key("right")));
  const KeptChannels kept =
      living_channels(dense, {{"behind", {0, 2}}, {"left", {2}}, {"right", {0}}});
  const Graph compact = selected(dense, kept);
  EXPECT_EQ(shape_of(compact, "left.weight"), (Shape{1, 2, 3, 3}));
  EXPECT_EQ(shape_of(compact, "beside.weight"), (Shape{2, 2, 3, 3}));
  EXPECT_EQ(shape_of(compact, "behind.weight"), (Shape{2, 2, 3, 3}));
  EXPECT_EQ(run(scattered(dense, compact, kept)), run(compact));
}

TEST(Shrink, RefusesChannelsThatThereAreNot) {
  for (const std::vector<std::int64_t>& channels :
       std::vector<std::vector<std::int64_t>>{{}, {4}, {-1, 0}, {2, 1}, {1, 1}}) {
    EXPECT_THROW(selected(small_network(), {{"conv", channels}}), std::invalid_argument);
  }
}

/// Of each group at random: at least one channel, at most all.
KeptChannels some_channels(const Graph& graph, std::mt19937_64& random) {
  KeptChannels some;
  for (const auto& [name, channels] : all_channels(graph)) {
    std::vector<double> relevance(channels.size());
    for (double& one : relevance) one = std::uniform_real_distribution<double>(-1.0, 1.0)(random);
    some[name] = channels_above(relevance, 0.0);
  }
  return some;
}

void expect_same_network(const Graph& dense, const Graph& compact, const KeptChannels& kept) {
  const std::vector<double> masked = run(scattered(dense, compact, kept));
  const std::vector<double> small = run(compact);
  ASSERT_EQ(masked.size(), small.size());
  for (std::size_t i = 0; i < small.size(); ++i) {
    EXPECT_NEAR(masked[i], small[i], 1e-9 * std::max(1.0, std::abs(small[i]))) << i;
  }
}

constexpr std::uint64_t kSeedsPerTest = 100;

class RandomNetworks : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomNetworks, LoseChannelsTwice) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + kSeedsPerTest; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Graph dense = training_form(tests::random_network(seed));
    dense = without_dead(dense);
    const KeptChannels first = living_channels(dense, some_channels(dense, random));
    const Graph once = selected(dense, first);
    expect_same_network(dense, once, first);

    const KeptChannels second = living_channels(once, some_channels(once, random));
    const Graph twice = selected(once, second);
    const KeptChannels both = compose(first, second);
    expect_same_network(dense, twice, both);
    EXPECT_EQ(run(selected(dense, both)), run(twice)) << "resumed from a checkpoint";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks,
                         testing::Range<std::uint64_t>(0, tests::seed_count(1000), kSeedsPerTest));

}  // namespace
}  // namespace ockham::training::test
