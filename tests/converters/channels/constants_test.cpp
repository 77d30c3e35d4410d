// Forward: which channels are constant, and to what. All expectations are worked out by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "converters/channels/channel_facts.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {
namespace {

using Constants = std::vector<std::optional<double>>;
constexpr std::nullopt_t kVaries = std::nullopt;

const Constants& constants_of(const Analysis& analysis, ValueId value) {
  return analysis.values[static_cast<std::size_t>(value)].constant;
}

/// A 1x1 convolution of a varying input, whose channels are these constants (or vary).
ValueId channels(Graph& graph, const Constants& wanted, std::int64_t extent = 4) {
  const ValueId x = graph.add_input("x", {Shape::kBatch, 1, extent, extent});
  const auto count = static_cast<std::int64_t>(wanted.size());
  std::vector<float> weight, bias;
  for (const std::optional<double>& constant : wanted) {
    weight.push_back(constant ? 0.0f : 1.0f);
    bias.push_back(static_cast<float>(constant.value_or(7.0)));
  }
  const ValueId w = graph.add_constant("source.weight", {count, 1, 1, 1}, weight);
  const ValueId b = graph.add_constant("source.bias", {count}, bias);
  return graph.add_node("source", Conv2d{}, {x, w, b});
}

/// What `op` makes of these channels.
Constants carried_on(const Operator& op, const Constants& inputs) {
  Graph graph;
  const ValueId source = channels(graph, inputs);
  const ValueId y = graph.add_node("y", op, {source});
  graph.outputs = {y};
  return constants_of(analyse(graph), y);
}

TEST(Constants, InputsOfTheNetworkVary) {
  Graph graph;
  const ValueId y = channels(graph, {kVaries});
  graph.outputs = {y};
  EXPECT_EQ(constants_of(analyse(graph), graph.inputs[0]), Constants{kVaries});
}

TEST(Constants, AFilterOfZerosYieldsItsBias) {
  Graph graph;
  const ValueId y = channels(graph, {0.0, kVaries, -1.5});
  graph.outputs = {y};
  EXPECT_EQ(constants_of(analyse(graph), y), (Constants{0.0, kVaries, -1.5}));
}

TEST(Constants, AFilterOfZerosWithoutBiasYieldsZero) {
  Graph graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 1, 2, 2});
  const ValueId w = graph.add_constant("w", {2, 1, 1, 1}, {0.0f, 2.0f});
  graph.outputs = {graph.add_node("y", Conv2d{}, {x, w})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]), (Constants{0.0, kVaries}));
}

/// A 2x2 convolution of channels {2, varying, 0} with weights that read the first with 1 2 3 4, or
/// the second, or the third; bias 0.5.
Constants convolved(std::int64_t pad_begin, std::int64_t pad_end) {
  Graph graph;
  const ValueId source = channels(graph, {2.0, kVaries, 0.0});
  const ValueId w = graph.add_constant("w", {3, 3, 2, 2}, {1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0,  //
                                                           1, 2, 3, 4, 0, 0, 0, 5, 0, 0, 0, 0,  //
                                                           0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4});
  const ValueId b = graph.add_constant("b", {3}, {0.5f, 0.5f, 0.5f});
  const Conv2d conv{.window = {.kernel = {2, 2},
                               .stride = {2, 2},
                               .pad_begin = {pad_begin, pad_begin},
                               .pad_end = {pad_end, pad_end}}};
  graph.outputs = {graph.add_node("y", conv, {source, w, b})};
  return constants_of(analyse(graph), graph.outputs[0]);
}

TEST(Constants, AConvolutionOfConstantsIsConstant) {
  EXPECT_EQ(convolved(0, 0), (Constants{0.5 + 2.0 * 10.0, kVaries, 0.5}));
}

TEST(Constants, ZeroPaddingSparesOnlyZeros) {
  EXPECT_EQ(convolved(1, 1), (Constants{kVaries, kVaries, 0.5}));
}

TEST(Constants, PaddingThatNoWindowReachesDoesNotMatter) {
  // 4 + 1 elements, window 2, stride 2: windows start at 0 and 2, the padded fifth is never read.
  EXPECT_EQ(convolved(0, 1), (Constants{20.5, kVaries, 0.5}));
}

TEST(Constants, ADepthwiseConvolutionKeepsChannelsApart) {
  Graph graph;
  const ValueId source = channels(graph, {2.0, kVaries, -1.0});
  const ValueId w = graph.add_constant("w", {6, 1, 1, 1}, {3, 0, 3, 0, 3, 4});
  const ValueId b = graph.add_constant("b", {6}, {1, 1, 1, 1, 1, 1});
  graph.outputs = {graph.add_node("y", Conv2d{.groups = 3}, {source, w, b})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]),
            (Constants{7.0, 1.0, kVaries, 1.0, -2.0, -3.0}));
}

TEST(Constants, ALinearLayerIsJudgedNeuronByNeuron) {
  Graph graph;
  const ValueId source = channels(graph, {2.0, kVaries}, 1);
  const ValueId flat = graph.add_node("flat", Flatten{}, {source});
  const ValueId w = graph.add_constant("w", {3, 2}, {3, 0, 0, 1, 0, 0});
  const ValueId b = graph.add_constant("b", {3}, {1, 1, 1});
  graph.outputs = {graph.add_node("y", Linear{}, {flat, w, b})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]), (Constants{7.0, kVaries, 1.0}));
}

TEST(Constants, BatchNormCarriesConstantsOn) {
  Graph graph;
  const ValueId source = channels(graph, {2.0, kVaries, kVaries});
  const ValueId scale = graph.add_constant("scale", {3}, {3, 3, 0});
  const ValueId shift = graph.add_constant("shift", {3}, {0.25f, 0.25f, 0.25f});
  const ValueId mean = graph.add_constant("mean", {3}, {1, 1, 1});
  const ValueId variance = graph.add_constant("variance", {3}, {3.5f, 3.5f, 3.5f});
  const BatchNorm norm{.epsilon = 0.5f};
  graph.outputs = {graph.add_node("y", norm, {source, scale, shift, mean, variance})};
  const Constants found = constants_of(analyse(graph), graph.outputs[0]);
  ASSERT_TRUE(found[0].has_value());
  EXPECT_DOUBLE_EQ(*found[0], (2.0 - 1.0) / 2.0 * 3.0 + 0.25);
  EXPECT_FALSE(found[1].has_value());
  EXPECT_EQ(found[2], 0.25) << "with scale 0 the input does not matter";
}

TEST(Constants, WhatIsNoNumberIsNoConstant) {
  Graph graph;
  const ValueId source = channels(graph, {2.0});
  const ValueId scale = graph.add_constant("scale", {1}, std::vector<float>{3});
  const ValueId shift = graph.add_constant("shift", {1}, std::vector<float>{0});
  const ValueId mean = graph.add_constant("mean", {1}, std::vector<float>{1});
  const ValueId variance = graph.add_constant("variance", {1}, std::vector<float>{-1});
  graph.outputs = {graph.add_node("y", BatchNorm{}, {source, scale, shift, mean, variance})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]), Constants{kVaries});
}

TEST(Constants, ReluCutsOff) {
  EXPECT_EQ(carried_on(Unary{UnaryKind::kRelu}, {2.0, -2.0, kVaries}),
            (Constants{2.0, 0.0, kVaries}));
}

TEST(Constants, AFunctionMayMakeANumberOfZero) {
  const Constants inputs = {0.0, kVaries};
  EXPECT_EQ(carried_on(Unary{UnaryKind::kSigmoid}, inputs), (Constants{0.5, kVaries}));
  EXPECT_EQ(carried_on(Unary{UnaryKind::kExp}, inputs), (Constants{1.0, kVaries}));
  EXPECT_EQ(carried_on(Unary{UnaryKind::kSoftplus}, inputs), (Constants{std::log(2.0), kVaries}));
  EXPECT_EQ(carried_on(Unary{UnaryKind::kClip, 0.25f, 6.0f}, inputs), (Constants{0.25, kVaries}));
  EXPECT_EQ(carried_on(Unary{UnaryKind::kHardSigmoid, 0.2f, 0.5f}, inputs),
            (Constants{0.5, kVaries}));
  for (const UnaryKind kind : {UnaryKind::kTanh, UnaryKind::kHardSwish, UnaryKind::kGelu,
                               UnaryKind::kTanhGelu, UnaryKind::kSqrt, UnaryKind::kErf}) {
    EXPECT_EQ(carried_on(Unary{kind}, inputs), (Constants{0.0, kVaries})) << name_of(kind);
  }
}

TEST(Constants, ParametersCount) {
  EXPECT_EQ(carried_on(Unary{UnaryKind::kLeakyRelu, 0.25f}, {-2.0, 2.0}), (Constants{-0.5, 2.0}));
  EXPECT_EQ(carried_on(Unary{UnaryKind::kElu, 0.5f}, {-2.0}), (Constants{0.5 * std::expm1(-2.0)}));
  EXPECT_EQ(carried_on(Unary{UnaryKind::kSqrt}, {-2.0, 4.0}), (Constants{kVaries, 2.0}))
      << "the root of a negative number is none";
}

/// What `kind` makes of channels {2, varying, 0} and a constant.
Constants combined(BinaryKind kind, const Shape& shape, const std::vector<float>& elements,
                   bool constant_first = false) {
  Graph graph;
  const ValueId source = channels(graph, {2.0, kVaries, 0.0}, 2);
  const ValueId number = graph.add_constant("number", shape, elements);
  const std::vector<ValueId> inputs =
      constant_first ? std::vector{number, source} : std::vector{source, number};
  graph.outputs = {graph.add_node("y", Binary{kind}, inputs)};
  return constants_of(analyse(graph), graph.outputs[0]);
}

TEST(Constants, ArithmeticWithConstants) {
  EXPECT_EQ(combined(BinaryKind::kSub, {3, 1, 1}, {1, 2, 3}), (Constants{1.0, kVaries, -3.0}));
  EXPECT_EQ(combined(BinaryKind::kSub, {3, 1, 1}, {1, 2, 3}, true),
            (Constants{-1.0, kVaries, 3.0}));
  EXPECT_EQ(combined(BinaryKind::kMax, {1, 1, 1}, {1}), (Constants{2.0, kVaries, 1.0}));
  EXPECT_EQ(combined(BinaryKind::kMin, {1, 1, 1}, {1}), (Constants{1.0, kVaries, 0.0}));
  EXPECT_EQ(combined(BinaryKind::kPow, {1, 1, 1}, {3}), (Constants{8.0, kVaries, 0.0}));
}

TEST(Constants, AnythingTimesZeroIsZero) {
  EXPECT_EQ(combined(BinaryKind::kMul, {3, 1, 1}, {5, 0, 5}), (Constants{10.0, 0.0, 0.0}));
  EXPECT_EQ(combined(BinaryKind::kPow, {3, 1, 1}, {5, 0, 5}), (Constants{32.0, 1.0, 0.0}));
}

TEST(Constants, DividingByZeroGivesNone) {
  EXPECT_EQ(combined(BinaryKind::kDiv, {3, 1, 1}, {4, 4, 4}), (Constants{0.5, kVaries, 0.0}));
  EXPECT_EQ(combined(BinaryKind::kDiv, {1, 1, 1}, {0}), (Constants{kVaries, kVaries, kVaries}));
  EXPECT_EQ(combined(BinaryKind::kDiv, {1, 1, 1}, {4}, true), (Constants{2.0, kVaries, kVaries}));
}

TEST(Constants, ANumberPerPixelIsNoNumber) {
  EXPECT_EQ(combined(BinaryKind::kAdd, {1, 1, 2}, {1, 2}), (Constants{kVaries, kVaries, kVaries}));
  EXPECT_EQ(combined(BinaryKind::kAdd, {3, 2, 1}, {1, 1, 2, 2, 3, 4}),
            (Constants{3.0, kVaries, kVaries}));
  EXPECT_EQ(combined(BinaryKind::kMul, {1, 1, 2}, {1, 2}), (Constants{kVaries, kVaries, 0.0}));
}

TEST(Constants, OfARepeatedChannelMeetAll) {
  Graph graph;
  const ValueId source = channels(graph, {2.0, kVaries, 0.0}, 2);
  const ValueId w = graph.add_constant("w", {1, 1, 1, 1}, std::vector<float>{0});
  const ValueId bias = graph.add_constant("b", {1}, std::vector<float>{5});
  const ValueId gate = graph.add_node("gate", Conv2d{}, {graph.inputs[0], w, bias});
  graph.outputs = {graph.add_node("y", Binary{BinaryKind::kMul}, {source, gate})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]), (Constants{10.0, kVaries, 0.0}));
}

TEST(Constants, AnAddNeedsBoth) {
  Graph graph;
  const ValueId a = channels(graph, {2.0, 2.0, kVaries});
  const ValueId w = graph.add_constant("w", {3, 1, 1, 1}, {0, 1, 0});
  const ValueId bias = graph.add_constant("b", {3}, {5, 5, 5});
  const ValueId b = graph.add_node("second", Conv2d{}, {graph.inputs[0], w, bias});
  graph.outputs = {graph.add_node("y", Binary{BinaryKind::kAdd}, {a, b})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]), (Constants{7.0, kVaries, kVaries}));
}

Pool2d padded_pool(PoolKind kind, bool count_include_pad) {
  return {.kind = kind,
          .window = {.kernel = {2, 2}, .stride = {1, 1}, .pad_begin = {1, 1}},
          .count_include_pad = count_include_pad};
}

TEST(Constants, PoolsCarryConstantsOn) {
  const Constants inputs = {2.0, 0.0, kVaries};
  const Window2d window{.kernel = {2, 2}};
  EXPECT_EQ(carried_on(Pool2d{.kind = PoolKind::kMax, .window = window}, inputs), inputs);
  EXPECT_EQ(carried_on(Pool2d{.kind = PoolKind::kAverage, .window = window}, inputs), inputs);
  EXPECT_EQ(carried_on(Pool2d{PoolKind::kAverage, window, true}, inputs), inputs)
      << "there is no padding to count";
}

TEST(Constants, OnlyAnAverageThatCountsItsPaddingDisturbsThem) {
  const Constants inputs = {2.0, 0.0, kVaries};
  EXPECT_EQ(carried_on(padded_pool(PoolKind::kMax, false), inputs), inputs);
  EXPECT_EQ(carried_on(padded_pool(PoolKind::kAverage, false), inputs), inputs);
  EXPECT_EQ(carried_on(padded_pool(PoolKind::kAverage, true), inputs),
            (Constants{kVaries, 0.0, kVaries}));
}

TEST(Constants, FlattenSpreadsAChannelOverItsPixels) {
  Graph graph;
  const ValueId source = channels(graph, {2.0, kVaries}, 2);
  graph.outputs = {graph.add_node("y", Flatten{}, {source})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]),
            (Constants{2.0, 2.0, 2.0, 2.0, kVaries, kVaries, kVaries, kVaries}));
}

/// The constants of a concat of channels {2, varying} and {varying, 2, 0}, or twice the former.
TEST(Constants, AConcatStringsThemTogether) {
  Graph graph;
  const ValueId a = channels(graph, {2.0, kVaries});
  graph.outputs = {graph.add_node("y", Concat{1}, {a, graph.inputs[0], a})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]),
            (Constants{2.0, kVaries, kVaries, 2.0, kVaries}));
}

TEST(Constants, AConcatAlongAnotherAxisNeedsTheSameInAll) {
  Graph graph;
  const ValueId a = channels(graph, {2.0, 2.0, kVaries});
  const ValueId b = graph.add_node("b", Unary{UnaryKind::kClip, 0.0f, 2.0f}, {a});
  const ValueId number = graph.add_constant("number", {3, 1, 1}, {0, 1, 0});
  const ValueId c = graph.add_node("c", Binary{BinaryKind::kAdd}, {b, number});
  graph.outputs = {graph.add_node("y", Concat{2}, {a, b, c})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]), (Constants{2.0, kVaries, kVaries}));
}

TEST(Constants, AReshapePartsAndJoinsChannels) {
  const Constants inputs = {2.0, 2.0, kVaries, 2.0, 0.0, 3.0};  // 4x4 each
  EXPECT_EQ(carried_on(Reshape{{2, 4}}, {2.0, kVaries}), (Constants{2.0, 2.0, kVaries, kVaries}));
  EXPECT_EQ(carried_on(Reshape{{8, 4}}, inputs), (Constants{2.0, kVaries, kVaries}));
  EXPECT_EQ(carried_on(Reshape{{6, 4}}, inputs), (Constants{kVaries, kVaries, kVaries, kVaries}));
}

TEST(Constants, AReductionOfPixelsCountsThem) {
  const auto of_row = [](ReduceKind kind) {
    return carried_on(Reduce{kind, {3}}, {-2.0, 4.0, kVaries});  // of 4 pixels
  };
  EXPECT_EQ(of_row(ReduceKind::kMax), (Constants{-2.0, 4.0, kVaries}));
  EXPECT_EQ(of_row(ReduceKind::kMean), (Constants{-2.0, 4.0, kVaries}));
  EXPECT_EQ(of_row(ReduceKind::kSum), (Constants{-8.0, 16.0, kVaries}));
  EXPECT_EQ(of_row(ReduceKind::kProd), (Constants{16.0, 256.0, kVaries}));
  EXPECT_EQ(of_row(ReduceKind::kL1), (Constants{8.0, 16.0, kVaries}));
  EXPECT_EQ(of_row(ReduceKind::kL2), (Constants{4.0, 8.0, kVaries}));
  EXPECT_EQ(of_row(ReduceKind::kSumSquare), (Constants{16.0, 64.0, kVaries}));
  EXPECT_EQ(of_row(ReduceKind::kLogSum), (Constants{kVaries, std::log(16.0), kVaries}));
  EXPECT_EQ(of_row(ReduceKind::kLogSumExp)[1], 4.0 + std::log(4.0));
  EXPECT_EQ(carried_on(Reduce{ReduceKind::kSum, {1}}, {1.0, 2.0}), Constants{kVaries});
}

TEST(Constants, QuantisationRoundsThem) {
  Graph graph;
  const ValueId source = channels(graph, {0.625, 100.0, kVaries, 0.0});
  const ValueId scale = graph.add_constant("scale", {1}, std::vector<float>{0.25f});
  const ValueId zero = graph.add_constant("zero", {1}, std::vector<float>{55.0f});
  const ValueId y = graph.add_node("y", FakeQuantize{}, {source, scale, zero});
  graph.outputs = {y};
  EXPECT_EQ(constants_of(analyse(graph), y), (Constants{0.5, 50.0, kVaries, 0.0}));
}

TEST(Constants, ASoftmaxWithinAChannelSpreadsOneEvenly) {
  EXPECT_EQ(carried_on(Softmax{3}, {2.0, kVaries}), (Constants{0.25, kVaries}));
  EXPECT_EQ(carried_on(Softmax{1}, {2.0, kVaries}), (Constants{kVaries, kVaries}));
  EXPECT_EQ(carried_on(Softmax{3, SoftmaxKind::kLogSoftmax}, {2.0, kVaries}),
            (Constants{-std::log(4.0), kVaries}));
  EXPECT_EQ(carried_on(Softmax{3, SoftmaxKind::kHardmax}, {2.0}), Constants{kVaries})
      << "1 for the first pixel, 0 for the others";
}

TEST(Constants, AGatherAddsZeros) {
  EXPECT_EQ(carried_on(Gather{{Gather::kZero, 1, 0, Gather::kZero}}, {2.0, kVaries}),
            (Constants{0.0, kVaries, 2.0, 0.0}));
}

TEST(Constants, WhatMovesPixelsWithinAChannelKeepsThem) {
  const Constants inputs = {2.0, 0.0, kVaries};
  EXPECT_EQ(carried_on(SpatialGather{2, {3, 0}}, inputs), inputs);
  EXPECT_EQ(carried_on(Transpose{{0, 1, 3, 2}}, inputs), inputs);
  EXPECT_EQ(carried_on(Resize{.kind = ResizeKind::kLinear, .size = {7, 2}}, inputs), inputs);
  EXPECT_EQ(carried_on(Resize{.size = {9, 9}}, inputs), inputs);
}

TEST(Constants, ABorderKeepsThoseOfItsOwnNumber) {
  const Constants inputs = {2.0, 0.0, kVaries};
  const auto border = [](float value) { return Pad{{0, 1}, {0, 0}, value}; };
  EXPECT_EQ(carried_on(border(0.0f), inputs), (Constants{kVaries, 0.0, kVaries}));
  EXPECT_EQ(carried_on(border(2.0f), inputs), (Constants{2.0, kVaries, kVaries}));
  EXPECT_EQ(carried_on(Pad{{0, 0}, {0, 0}, 5.0f}, inputs), inputs) << "there is no border";
}

TEST(Constants, APartBeyondTheImageKeepsThoseOfItsOwnNumber) {
  const Constants inputs = {2.0, 0.0, kVaries};
  Resize part{.coordinates = ResizeCoordinates::kTfCropAndResize, .size = {4, 4}, .outside = 2.0f};
  EXPECT_EQ(carried_on(part, inputs), inputs) << "nothing lies beyond";
  part.end[1] = 1.5f;
  EXPECT_EQ(carried_on(part, inputs), (Constants{2.0, kVaries, kVaries}));
  part.end[1] = 1.0f;
  part.begin[0] = -0.125f;
  EXPECT_EQ(carried_on(part, inputs), (Constants{2.0, kVaries, kVaries}));
}

TEST(Constants, ATransposeOfTheChannelsKeepsOneThatAllHave) {
  const Transpose channels_last{{0, 2, 3, 1}};  // 4 x 4 images: 4 channels of what were rows
  EXPECT_EQ(carried_on(channels_last, {2.0, 2.0}), (Constants{2.0, 2.0, 2.0, 2.0}));
  EXPECT_EQ(carried_on(channels_last, {2.0, 0.0}), (Constants{kVaries, kVaries, kVaries, kVaries}));
  EXPECT_EQ(carried_on(channels_last, {2.0, kVaries}),
            (Constants{kVaries, kVaries, kVaries, kVaries}));
}

TEST(Constants, ABlockOfChannelsNeedsTheSameInAll) {
  EXPECT_EQ(carried_on(DepthToSpace{{2, 1}}, {2.0, 2.0, 0.0, 1.0, kVaries, 0.0}),
            (Constants{2.0, kVaries, kVaries}));
}

TEST(Constants, LocalNormalisationKeepsZeros) {
  const Constants inputs = {2.0, 0.0, kVaries};
  EXPECT_EQ(carried_on(Lrn{3}, inputs), (Constants{kVaries, 0.0, kVaries}));
  EXPECT_EQ(carried_on(Lrn{.size = 3, .bias = 0.0f}, inputs),
            (Constants{kVaries, kVaries, kVaries}))
      << "0 / 0";
  EXPECT_EQ(carried_on(Lrn{.size = 3, .alpha = -1.0f}, inputs),
            (Constants{kVaries, kVaries, kVaries}))
      << "the divisor may become 0";
}

TEST(Constants, AGatherPicksThem) {
  Graph graph;
  const ValueId source = channels(graph, {2.0, kVaries, -1.0});
  graph.outputs = {graph.add_node("y", Gather{{2, 1, 2}}, {source})};
  EXPECT_EQ(constants_of(analyse(graph), graph.outputs[0]), (Constants{-1.0, kVaries, -1.0}));
}

}  // namespace
}  // namespace ockham::converters
