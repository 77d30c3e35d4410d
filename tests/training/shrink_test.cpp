// Removing channels while training, and scattering the small network back into the dense one.

#include "training/trainer/shrink.h"

#include <gtest/gtest.h>

#include "converters/pruning/select_inputs.h"
#include "runtime/reference/reference.h"
#include "tests/cases/operator_cases.h"
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

TEST(Shrink, GroupsAreFiltersAndHiddenNeurons) {
  const KeptChannels all = all_channels(small_network());
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all.at("conv").size(), 4u);
  EXPECT_EQ(all.at("fc1").size(), 5u);
}

TEST(Shrink, KeepsJustTheGivenChannels) {
  const Graph dense = small_network();
  const auto compacted = keep_channels(dense, {{"conv", {1, 3}}, {"fc1", {0, 2, 4}}});
  EXPECT_EQ(shape_of(compacted.graph, "conv.weight"), (Shape{2, 2, 3, 3}));
  EXPECT_EQ(shape_of(compacted.graph, "fc1.weight"), (Shape{3, 2 * 9}));
  EXPECT_EQ(shape_of(compacted.graph, "fc2.weight"), (Shape{3, 3}));
  const KeptChannels kept = kept_channels(dense, compacted);
  EXPECT_EQ(kept.at("conv"), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(kept.at("fc1"), (std::vector<std::int64_t>{0, 2, 4}));
}

TEST(Shrink, ScatteredNetworkComputesWhatTheSmallOneDoes) {
  const Graph dense = small_network();
  const KeptChannels keep = {{"conv", {0, 2, 3}}, {"fc1", {1, 3}}};
  const Graph compact = keep_channels(dense, keep).graph;
  const Graph masked = scatter(dense, compact, keep);
  EXPECT_EQ(shape_of(masked, "fc1.weight"), shape_of(dense, "fc1.weight"));
  EXPECT_EQ(run(masked), run(compact));
  EXPECT_NE(run(masked), run(dense));
  const auto again = keep_channels(masked, all_channels(masked));
  EXPECT_EQ(shape_of(again.graph, "fc1.weight"), (Shape{2, 3 * 9}));
  EXPECT_EQ(run(again.graph), run(compact));
}

TEST(Shrink, ShrinkingTwiceNumbersChannelsOfTheFirstNetwork) {
  const Graph dense = small_network();
  const KeptChannels first = {{"conv", {0, 2, 3}}, {"fc1", {0, 1, 2, 3, 4}}};
  const Graph once = keep_channels(dense, first).graph;
  const KeptChannels second = {{"conv", {1, 2}}, {"fc1", {2}}};
  const Graph twice = keep_channels(once, second).graph;
  const KeptChannels both = compose(first, second);
  EXPECT_EQ(both.at("conv"), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(run(keep_channels(dense, both).graph), run(twice));
}

TEST(Shrink, SingleInputsAreAGroupOfTheirOwn) {
  const Graph dense = converters::expose_inputs(small_network());
  ASSERT_EQ(all_channels(dense).at("fc1.inputs").size(), 36u);
  // Channel 1 of conv has no input left and channel 3 goes with its inputs.
  const KeptChannels keep = {
      {"conv", {0, 1, 2}}, {"fc1", {0, 2}}, {"fc1.inputs", {0, 4, 8, 18, 20, 35}}};
  const auto compacted = keep_channels(dense, keep);
  EXPECT_EQ(shape_of(compacted.graph, "conv.weight"), (Shape{2, 2, 3, 3}));
  EXPECT_EQ(shape_of(compacted.graph, "fc1.weight"), (Shape{2, 5}));
  const KeptChannels kept = kept_channels(dense, compacted);
  EXPECT_EQ(kept.at("conv"), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(kept.at("fc1.inputs"), (std::vector<std::int64_t>{0, 4, 8, 18, 20}));
  EXPECT_EQ(run(scatter(dense, compacted.graph, kept)), run(compacted.graph));
  EXPECT_EQ(kept_channels(dense, keep_channels(with_ones(dense), kept)), kept)
      << "a checkpoint is restored from these";

  const KeptChannels second = {{"conv", {1}}, {"fc1", {0, 1}}, {"fc1.inputs", {1, 3, 4}}};
  const auto twice = keep_channels(compacted.graph, second);
  const KeptChannels both = compose(kept, kept_channels(compacted.graph, twice));
  EXPECT_EQ(both.at("conv"), (std::vector<std::int64_t>{2}));
  EXPECT_EQ(both.at("fc1.inputs"), (std::vector<std::int64_t>{18, 20}));
  EXPECT_EQ(run(keep_channels(dense, both).graph), run(twice.graph));
}

TEST(Shrink, TheLastInputKeepsItsChannel) {
  const Graph dense = converters::expose_inputs(small_network());
  const auto compacted =
      keep_channels(dense, {{"conv", {3}}, {"fc1", {1}}, {"fc1.inputs", {0, 1}}});  // of channel 0
  const KeptChannels kept = kept_channels(dense, compacted);
  EXPECT_EQ(kept.at("fc1.inputs").size(), 1u);
  EXPECT_EQ(kept.at("conv").size(), 1u);
  EXPECT_EQ(kept_channels(dense, keep_channels(with_ones(dense), kept)), kept);
}

}  // namespace
}  // namespace ockham::training::test
