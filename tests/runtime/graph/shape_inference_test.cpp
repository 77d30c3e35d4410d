#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "runtime/graph/operators.h"
#include "tests/cases/expect_error.h"

namespace ockham {
namespace {

using tests::expect_error;

constexpr std::int64_t kN = Shape::kBatch;

OperatorInputs inputs(std::vector<OperatorInput> list) { return {"node 'x'", std::move(list)}; }
OperatorInput activation(Shape shape) { return {std::move(shape), false}; }
OperatorInput constant(Shape shape) { return {std::move(shape), true}; }

Window2d square(std::int64_t kernel, std::int64_t stride, std::int64_t pad,
                std::int64_t dilation = 1) {
  return {{kernel, kernel}, {stride, stride}, {pad, pad}, {pad, pad}, {dilation, dilation}};
}

/// Shape of a convolution by 6 filters of a [N, 4, 9, 12] image.
Shape conv_shape(const Window2d& window) {
  return infer_shape(
      Conv2d{window, 1},
      inputs({activation({kN, 4, 9, 12}), constant({6, 4, window.kernel[0], window.kernel[1]})}));
}

TEST(ShapeInference, OfConvolutions) {
  EXPECT_EQ(conv_shape(square(3, 1, 0)), (Shape{kN, 6, 7, 10}));
  EXPECT_EQ(conv_shape(square(3, 1, 1)), (Shape{kN, 6, 9, 12}));
  EXPECT_EQ(conv_shape(square(3, 2, 1)), (Shape{kN, 6, 5, 6}));
  EXPECT_EQ(conv_shape(square(3, 1, 0, 3)), (Shape{kN, 6, 3, 6}));
  EXPECT_EQ(conv_shape({{1, 5}, {2, 3}, {0, 1}, {2, 0}, {1, 1}}), (Shape{kN, 6, 6, 3}));
}

TEST(ShapeInference, OfPoolsRoundsDown) {
  const auto pooled = [](const Window2d& window) {
    return infer_shape(Pool2d{PoolKind::kMax, window, false}, inputs({activation({kN, 5, 7, 9})}));
  };
  EXPECT_EQ(pooled(square(2, 2, 0)), (Shape{kN, 5, 3, 4}));
  EXPECT_EQ(pooled(square(3, 2, 1)), (Shape{kN, 5, 4, 5}));
  EXPECT_EQ(pooled({{7, 9}}), (Shape{kN, 5, 1, 1}));
}

TEST(ShapeInference, OfTheOthers) {
  EXPECT_EQ(infer_shape(Linear{}, inputs({activation({kN, 7}), constant({3, 7}), constant({3})})),
            (Shape{kN, 3}));
  EXPECT_EQ(infer_shape(Flatten{}, inputs({activation({kN, 3, 4, 5})})), (Shape{kN, 60}));
  EXPECT_EQ(infer_shape(Gather{{2, 0}}, inputs({activation({kN, 3, 4, 5})})), (Shape{kN, 2, 4, 5}));
  EXPECT_EQ(infer_shape(Gather{{1, 1, 0}}, inputs({activation({kN, 2})})), (Shape{kN, 3}));
  EXPECT_EQ(infer_shape(Unary{}, inputs({activation({kN, 3, 4})})), (Shape{kN, 3, 4}));
  EXPECT_EQ(infer_shape(Binary{}, inputs({activation({kN, 3}), activation({kN, 3})})),
            (Shape{kN, 3}));
  const OperatorInput channels = constant({5});
  EXPECT_EQ(infer_shape(BatchNorm{}, inputs({activation({kN, 5, 2, 2}), channels, channels,
                                             channels, channels})),
            (Shape{kN, 5, 2, 2}));
}

Shape binary_shape(const OperatorInput& a, const OperatorInput& b) {
  return infer_shape(Binary{BinaryKind::kMul}, inputs({a, b}));
}

TEST(ShapeInference, OfBinariesTakesTheLargerExtents) {
  const OperatorInput image = activation({kN, 4, 6, 5});
  for (const OperatorInput& other :
       {image, activation({kN, 4, 1, 1}), activation({kN, 1, 6, 5}), constant({4, 1, 1}),
        constant({1, 1, 1}), constant({4, 6, 5}), constant({1, 6, 1})}) {
    EXPECT_EQ(binary_shape(image, other), image.shape) << other.shape.text();
    EXPECT_EQ(binary_shape(other, image), image.shape) << other.shape.text();
  }
  EXPECT_EQ(binary_shape(activation({kN, 4, 1, 1}), activation({kN, 1, 6, 5})),
            (Shape{kN, 4, 6, 5}));
  EXPECT_EQ(binary_shape(activation({kN, 7}), constant({7})), (Shape{kN, 7}));
}

TEST(ShapeInference, SlopesRepeatNoActivation) {
  const OperatorInput image = activation({kN, 4, 6, 5});
  const Binary prelu{BinaryKind::kPRelu};
  EXPECT_EQ(infer_shape(prelu, inputs({image, activation({kN, 4, 1, 1})})), image.shape);
  for (const OperatorInput& repeated : {activation({kN, 4, 1, 1}), constant({4, 6, 5})}) {
    EXPECT_THROW(infer_shape(prelu, inputs({repeated, image})), Error) << repeated.shape.text();
  }
}

TEST(ShapeInference, OfConcatsAddsUpOneAxis) {
  const OperatorInput image = activation({kN, 4, 6, 5});
  EXPECT_EQ(infer_shape(Concat{1}, inputs({image, activation({kN, 2, 6, 5}), image})),
            (Shape{kN, 10, 6, 5}));
  EXPECT_EQ(infer_shape(Concat{3}, inputs({image, activation({kN, 4, 6, 1})})),
            (Shape{kN, 4, 6, 6}));
  EXPECT_EQ(infer_shape(Concat{1}, inputs({image})), image.shape);
}

TEST(ShapeInference, OfReshapesLeavesTheChannelsOpen) {
  const OperatorInput image = activation({kN, 4, 6, 5});
  EXPECT_EQ(infer_shape(Reshape{{3, 5}}, inputs({image})), (Shape{kN, 8, 3, 5}));
  EXPECT_EQ(infer_shape(Reshape{{120}}, inputs({image})), (Shape{kN, 1, 120}));
  EXPECT_EQ(infer_shape(Reshape{}, inputs({image})), (Shape{kN, 120}));
  EXPECT_EQ(infer_shape(Softmax{3}, inputs({image})), image.shape);
}

TEST(ShapeInference, OfIndices) {
  const OperatorInput image = activation({kN, 4, 6, 5});
  EXPECT_EQ(infer_shape(ArgExtreme{ArgKind::kMax, 1}, inputs({image})), (Shape{kN, 1, 6, 5}));
  EXPECT_EQ(infer_shape(ArgExtreme{ArgKind::kMin, 2, false}, inputs({image})), (Shape{kN, 4, 5}));
  EXPECT_EQ(infer_shape(TopK{3, 5}, inputs({image})), image.shape);
  EXPECT_EQ(infer_shape(TopK{1, 2}, inputs({image})), (Shape{kN, 2, 6, 5}));
  EXPECT_EQ(infer_shape(FakeQuantize{QuantizedType::kInt8, 3},
                        inputs({image, constant({5}), constant({5})})),
            image.shape);
}

TEST(ShapeInference, OfReductionsKeepsTheAxes) {
  const OperatorInput image = activation({kN, 4, 6, 5});
  EXPECT_EQ(infer_shape(Reduce{ReduceKind::kMax, {1}}, inputs({image})), (Shape{kN, 1, 6, 5}));
  EXPECT_EQ(infer_shape(Reduce{ReduceKind::kL2, {1, 3}}, inputs({image})), (Shape{kN, 1, 6, 1}));
  EXPECT_EQ(infer_shape(Reduce{ReduceKind::kL2, {1, 3}, false}, inputs({image})), (Shape{kN, 6}));
  EXPECT_EQ(infer_shape(Reduce{ReduceKind::kL2, {1, 2, 3}, false}, inputs({image})), Shape{kN});
}

TEST(ShapeInference, OfWhatMovesPixels) {
  const OperatorInput image = activation({kN, 12, 6, 5});
  const std::int64_t zero = Gather::kZero;
  EXPECT_EQ(infer_shape(Gather{{zero, 2, zero}}, inputs({image})), (Shape{kN, 3, 6, 5}));
  EXPECT_EQ(infer_shape(SpatialGather{2, {5}}, inputs({image})), (Shape{kN, 12, 1, 5}));
  EXPECT_EQ(infer_shape(SpatialGather{3, {0, 0, 4, 1, 1, 1, 1}}, inputs({image})),
            (Shape{kN, 12, 6, 7}));
  EXPECT_EQ(infer_shape(SpatialGather{2, {1}}, inputs({activation({kN, 3, 2})})),
            (Shape{kN, 3, 1}));
  EXPECT_EQ(infer_shape(Pad{{1, 0}, {2, 3}}, inputs({image})), (Shape{kN, 12, 9, 8}));
  EXPECT_EQ(infer_shape(Pad{{4}, {1}}, inputs({activation({kN, 3, 2})})), (Shape{kN, 3, 7}));
  EXPECT_EQ(infer_shape(Transpose{{0, 2, 3, 1}}, inputs({image})), (Shape{kN, 6, 5, 12}));
  EXPECT_EQ(infer_shape(Transpose{{0, 1}}, inputs({activation({kN, 3})})), (Shape{kN, 3}));
  EXPECT_EQ(infer_shape(DepthToSpace{{2, 2}}, inputs({image})), (Shape{kN, 3, 12, 10}));
  EXPECT_EQ(infer_shape(DepthToSpace{{1, 12}}, inputs({image})), (Shape{kN, 1, 6, 60}));
}

TEST(ShapeInference, OfWhatWeighsPixels) {
  const OperatorInput image = activation({kN, 12, 6, 5});
  EXPECT_EQ(infer_shape(Resize{.size = {3, 50}}, inputs({image})), (Shape{kN, 12, 3, 50}));
  EXPECT_EQ(infer_shape(Resize{.size = {3, 5}, .scale = {0.6f, 0.0f}}, inputs({image})),
            (Shape{kN, 12, 3, 5}));
  EXPECT_EQ(infer_shape(Lrn{100}, inputs({image})), image.shape);
  EXPECT_EQ(infer_shape(Lrn{}, inputs({activation({kN, 3})})), (Shape{kN, 3}));
}

struct Defect {
  const char* name;
  Operator op;
  std::vector<OperatorInput> given;
  const char* message;
};

std::ostream& operator<<(std::ostream& out, const Defect& defect) { return out << defect.name; }

constexpr float kNoNumber = std::numeric_limits<float>::quiet_NaN();
const OperatorInput kImage = activation({kN, 4, 6, 6});
const OperatorInput kWeight = constant({8, 4, 3, 3});

Conv2d conv(Window2d window, std::int64_t groups = 1) { return {window, groups}; }

Pool2d pool(Window2d window, PoolKind kind = PoolKind::kMax) { return {kind, window, false}; }

std::vector<Defect> defects() {
  const Window2d three = square(3, 1, 0);
  const OperatorInput c4 = constant({4});
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  return {
      {"ConvWithoutWeight", conv(three), {kImage}, "1 inputs, expected 2 to 3"},
      {"ConvOfRank2", conv(three), {activation({kN, 4}), kWeight}, "expected rank 4"},
      {"ConvOfConstant", conv(three), {constant({1, 4, 6, 6}), kWeight}, "expected an activation"},
      {"ConvWithActivationAsWeight", conv(three), {kImage, kImage}, "is no constant"},
      {"ConvGroups", conv(three, 3), {kImage, kWeight}, "groups 3 must divide"},
      {"ConvNoGroups", conv(three, 0), {kImage, kWeight}, "groups 0 must divide"},
      {"ConvWeightShape", conv(three), {kImage, constant({8, 3, 3, 3})}, "expected [8, 4, 3, 3]"},
      {"ConvBiasShape", conv(three), {kImage, kWeight, constant({7})}, "expected [8] (bias)"},
      {"ConvTooLarge",
       conv(square(7, 1, 0)),
       {kImage, constant({8, 4, 7, 7})},
       "the window reaches over 7 elements"},
      {"ConvStride", conv(square(3, 0, 0)), {kImage, kWeight}, "stride 0 (height)"},
      {"ConvDilation", conv(square(3, 1, 0, 0)), {kImage, kWeight}, "dilation 0 (height)"},
      {"ConvPadding", conv(square(3, 1, -1)), {kImage, kWeight}, "pad_begin -1 (height)"},
      {"ConvHugePadding", conv(square(3, 1, kHuge)), {kImage, kWeight}, "pad_begin 1099511627776"},
      {"PoolKind", pool(three, static_cast<PoolKind>(9)), {kImage}, "kind 9, expected 0 (max)"},
      {"PoolDilation", pool(square(2, 1, 0, 2)), {kImage}, "dilation 2, expected 1"},
      {"PoolPadding", pool(square(2, 2, 2)), {kImage}, "padding 2, expected less than"},
      {"PoolTooLarge", pool(square(7, 1, 0)), {kImage}, "the window reaches over 7 elements"},
      {"LinearOfRank4", Linear{}, {kImage, constant({3, 144})}, "expected rank 2"},
      {"LinearWeight", Linear{}, {activation({kN, 7}), constant({3, 8})}, "expected [3, 7]"},
      {"LinearBias",
       Linear{},
       {activation({kN, 7}), constant({3, 7}), constant({4})},
       "expected [3] (bias)"},
      {"BatchNormInputs", BatchNorm{}, {kImage, c4, c4, c4}, "4 inputs, expected 5"},
      {"BatchNormMean", BatchNorm{}, {kImage, c4, c4, constant({5}), c4}, "expected [4] (mean)"},
      {"BatchNormEpsilon", BatchNorm{.epsilon = -1.0f}, {kImage, c4, c4, c4, c4}, "epsilon"},
      {"BatchNormMomentum", BatchNorm{.momentum = 2.0f}, {kImage, c4, c4, c4, c4}, "momentum"},
      {"UnaryKind",
       Unary{static_cast<UnaryKind>(39)},
       {kImage},
       "kind 39, expected 0 (relu) to 38 (shrink)"},
      {"UnaryConstant", Unary{}, {constant({4})}, "expected an activation"},
      {"LeakyReluSlope", Unary{UnaryKind::kLeakyRelu, kNoNumber}, {kImage}, "alpha nan, expected"},
      {"ReluWithAlpha", Unary{UnaryKind::kRelu, 1.0f}, {kImage}, "expected 0, for this kind has"},
      {"EluWithBeta", Unary{UnaryKind::kElu, 1.0f, 1.0f}, {kImage}, "beta 1, expected 0"},
      {"ClipBound", Unary{UnaryKind::kClip, -HUGE_VALF, 1.0f}, {kImage}, "alpha -inf, expected"},
      {"CeluOfZero", Unary{UnaryKind::kCelu}, {kImage}, "alpha 0, expected another number"},
      {"ClipOrder", Unary{UnaryKind::kClip, 2.0f, 1.0f}, {kImage}, "above upper bound 1 (beta)"},
      {"BinaryKind",
       Binary{static_cast<BinaryKind>(9)},
       {kImage, kImage},
       "kind 9, expected 0 (add) to 8 (fmod)"},
      {"BinaryOneInput", Binary{}, {kImage}, "1 inputs, expected 2"},
      {"BinaryShapes", Binary{}, {kImage, activation({kN, 4, 6, 5})}, "[N, 4, 6, 5], expected"},
      {"BinaryRanks", Binary{}, {kImage, activation({kN, 4})}, "and [N, 4], expected"},
      {"BinaryConstants", Binary{}, {constant({4}), constant({4})}, "expected an activation"},
      {"BinaryConstantRank", Binary{}, {kImage, constant({4})}, "and [4], expected"},
      {"BinaryConstantWithBatch", Binary{}, {kImage, constant({1, 4, 6, 6})}, "no batch axis"},
      {"BinaryConstantTooLarge",
       Binary{},
       {activation({kN, 1, 6, 6}), constant({4, 1, 1})},
       "and [4, 1, 1], expected"},
      {"BinaryTooLarge",
       Binary{},
       {activation({kN, kHuge, 1}), activation({kN, 1, kHuge})},
       "too many elements"},
      {"ConcatOfNothing", Concat{}, {}, "0 inputs, expected at least 1"},
      {"ConcatBatch", Concat{0}, {kImage, kImage}, "axis 0, expected 1 to 3"},
      {"ConcatAxis", Concat{4}, {kImage, kImage}, "axis 4, expected 1 to 3"},
      {"ConcatShapes", Concat{1}, {kImage, activation({kN, 9, 6, 5})}, "expected [N, 9, 6, 6]"},
      {"ConcatRanks", Concat{1}, {kImage, activation({kN, 4})}, "expected rank 4"},
      {"ConcatConstant", Concat{1}, {kImage, kWeight}, "expected an activation"},
      {"ConcatTooLarge",
       Concat{1},
       {activation({kN, kHuge}), activation({kN, kHuge})},
       "too many elements"},
      {"ReshapeDivides", Reshape{{5}}, {kImage}, "5 elements, which do not divide the input's 144"},
      {"ReshapeZero", Reshape{{0}}, {kImage}, "inner extent 0, expected at least 1"},
      {"ReshapeOverflow", Reshape{{kHuge, kHuge}}, {kImage}, "do not divide the input's 144"},
      {"ReshapeRank",
       Reshape{{1, 1, 1, 1, 1, 1, 1}},
       {kImage},
       "7 inner extents, expected at most 6"},
      {"ReshapeConstant", Reshape{}, {kWeight}, "expected an activation"},
      {"SoftmaxBatch", Softmax{0}, {kImage}, "axis 0, expected 1 to 3"},
      {"SoftmaxAxis", Softmax{-1}, {kImage}, "axis -1, expected 1 to 3"},
      {"SoftmaxInputs", Softmax{1}, {kImage, kImage}, "2 inputs, expected 1"},
      {"SoftmaxKind",
       Softmax{1, static_cast<SoftmaxKind>(3)},
       {kImage},
       "kind 3, expected 0 (softmax) to 2 (hardmax)"},
      {"ReduceKind",
       Reduce{static_cast<ReduceKind>(10), {1}},
       {kImage},
       "kind 10, expected 0 (reduce_max) to 9 (reduce_sum_square)"},
      {"ReduceNoAxes", Reduce{}, {kImage}, "no axes, expected at least 1"},
      {"ReduceBatch", Reduce{ReduceKind::kSum, {0, 1}}, {kImage}, "axis 0, expected 1 to 3"},
      {"ReduceAxis", Reduce{ReduceKind::kSum, {1, 4}}, {kImage}, "axis 4, expected 1 to 3"},
      {"ReduceTwice", Reduce{ReduceKind::kSum, {2, 2}}, {kImage}, "axis 2 behind axis 2, expected"},
      {"ReduceOrder", Reduce{ReduceKind::kSum, {3, 1}}, {kImage}, "axis 1 behind axis 3, expected"},
      {"ReduceConstant", Reduce{ReduceKind::kSum, {1}}, {kWeight}, "expected an activation"},
      {"ArgKind",
       ArgExtreme{static_cast<ArgKind>(2)},
       {kImage},
       "kind 2, expected 0 (arg_max) to 1 (arg_min)"},
      {"ArgBatch", ArgExtreme{ArgKind::kMax, 0}, {kImage}, "axis 0, expected 1 to 3"},
      {"ArgOfMany",
       ArgExtreme{},
       {activation({kN, (1 << 24) + 1})},
       "extent 16777217, expected at most 16777216"},
      {"TopKOutput",
       TopK{1, 1, true, static_cast<TopKOutput>(2)},
       {kImage},
       "kind 2, expected 0 (values) to 1 (indices)"},
      {"TopKOfNone", TopK{1, 0}, {kImage}, "takes 0 of 4 positions, expected 1 to 4"},
      {"TopKOfMore", TopK{1, 5}, {kImage}, "takes 5 of 4 positions"},
      {"QuantizedType",
       FakeQuantize{static_cast<QuantizedType>(4)},
       {kImage, constant({1}), constant({1})},
       "kind 4, expected 0 (uint8) to 3 (int16)"},
      {"QuantizeScale",
       FakeQuantize{},
       {kImage, constant({3}), constant({3})},
       "expected [4] (scale)"},
      {"QuantizeZeroPoint",
       FakeQuantize{},
       {kImage, constant({4}), constant({1})},
       "expected [4] (zero point)"},
      {"FlattenOfRank1", Flatten{}, {activation({kN})}, "expected rank 2 or more"},
      {"GatherOfNothing", Gather{}, {kImage}, "no indices, expected at least 1"},
      {"GatherBehindTheEnd", Gather{{0, 4}}, {kImage}, "index 1 is 4, expected -1 to 3"},
      {"GatherBeforeTheBeginning", Gather{{-2}}, {kImage}, "index 0 is -2, expected -1 to 3"},
      {"GatherOfRank1", Gather{{0}}, {activation({kN})}, "expected rank 2 or more"},
      {"GatherOfConstant", Gather{{0}}, {constant({4, 4})}, "expected an activation"},
      {"GatherInputs", Gather{{0}}, {kImage, kImage}, "2 inputs, expected 1"},
      {"GatherTooLarge", Gather{{0, 0}}, {activation({kN, 1, kHuge})}, "too many elements"},
      {"GatherZerosTooLarge", Gather{{-1, 0}}, {activation({kN, 1, kHuge})}, "too many elements"},
      {"SpatialGatherOfNothing", SpatialGather{2, {}}, {kImage}, "no indices"},
      {"SpatialGatherOfChannels", SpatialGather{1, {0}}, {kImage}, "axis 1, expected 2 to 3"},
      {"SpatialGatherAxis", SpatialGather{4, {0}}, {kImage}, "axis 4, expected 2 to 3"},
      {"SpatialGatherRank",
       SpatialGather{2, {0}},
       {activation({kN, 4})},
       "axis 2, expected 2 to 1"},
      {"SpatialGatherZeros", SpatialGather{2, {-1}}, {kImage}, "index 0 is -1, expected 0 to 5"},
      {"SpatialGatherBehindTheEnd",
       SpatialGather{3, {5, 6}},
       {kImage},
       "index 1 is 6, expected 0 to 5"},
      {"SpatialGatherTooLarge",
       SpatialGather{2, {0, 0}},
       {activation({kN, kHuge, 1})},
       "too many elements"},
      {"SpatialGatherConstant", SpatialGather{2, {0}}, {kWeight}, "expected an activation"},
      {"SpatialGatherInputs", SpatialGather{2, {0}}, {kImage, kImage}, "2 inputs, expected 1"},
      {"PadOfVectors", Pad{}, {activation({kN, 4})}, "no axes behind the channels"},
      {"PadAxes", Pad{{1}, {1}}, {kImage}, "1 and 1 pads, expected one of each for 2 axes"},
      {"PadEnds", Pad{{1, 1}, {1}}, {kImage}, "2 and 1 pads, expected one of each for 2 axes"},
      {"PadNegative", Pad{{0, 0}, {0, -1}}, {kImage}, "pads by -1, expected 0 to"},
      {"PadHuge", Pad{{2 * kHuge, 0}, {0, 0}}, {kImage}, "pads by 2199023255552, expected 0 to"},
      {"PadTooLarge", Pad{{kMaxElements, 0}, {kMaxElements, 0}}, {kImage}, "too many elements"},
      {"PadValue", Pad{{1, 1}, {1, 1}, kNoNumber}, {kImage}, "number is not finite"},
      {"PadConstant", Pad{{1, 1}, {1, 1}}, {kWeight}, "expected an activation"},
      {"TransposeBatch", Transpose{{1, 0, 2, 3}}, {kImage}, "0 to 3 once each, with 0 (the batch)"},
      {"TransposeTwice", Transpose{{0, 1, 1, 3}}, {kImage}, "0 to 3 once each"},
      {"TransposeAxis", Transpose{{0, 1, 2, 4}}, {kImage}, "0 to 3 once each"},
      {"TransposeRank", Transpose{{0, 2, 1}}, {kImage}, "0 to 3 once each"},
      {"TransposeNothing", Transpose{}, {kImage}, "0 to 3 once each"},
      {"TransposeConstant", Transpose{{0, 1, 3, 2}}, {kWeight}, "expected an activation"},
      {"BlocksOfNothing", DepthToSpace{{0, 2}}, {kImage}, "extent is 0, expected 1 to 4"},
      {"BlocksTooLarge", DepthToSpace{{1, 5}}, {kImage}, "extent is 5, expected 1 to 4"},
      {"BlocksDivide", DepthToSpace{{3, 1}}, {kImage}, "4 channels, expected a multiple of 3"},
      {"BlocksOfRank3", DepthToSpace{{2, 1}}, {activation({kN, 4, 6})}, "expected rank 4"},
      {"BlocksConstant", DepthToSpace{{1, 1}}, {kWeight}, "expected an activation"},
      {"ResizeKind",
       Resize{.kind = static_cast<ResizeKind>(2)},
       {kImage},
       "kind 2, expected 0 (nearest) to 1 (linear)"},
      {"ResizeCoordinates",
       Resize{.coordinates = static_cast<ResizeCoordinates>(6)},
       {kImage},
       "kind 6, expected 0 (half_pixel) to 5 (tf_crop_and_resize)"},
      {"ResizeCropOfNoNumber",
       Resize{.coordinates = ResizeCoordinates::kTfCropAndResize, .end = {1.0f, kNoNumber}},
       {kImage},
       "a number is not finite"},
      {"ResizeCropByScale",
       Resize{.coordinates = ResizeCoordinates::kTfCropAndResize, .scale = {0.2f, 0.2f}},
       {kImage},
       "expected none with tf_crop_and_resize"},
      {"ResizeOfAPart",
       Resize{.end = {1.0f, 0.5f}},
       {kImage},
       "expected that of tf_crop_and_resize alone"},
      {"ResizeNearest",
       Resize{.nearest = static_cast<NearestPixel>(4)},
       {kImage},
       "kind 4, expected 0 (round_prefer_floor) to 3 (ceil)"},
      {"ResizeToNothing", Resize{.size = {0, 1}}, {kImage}, "size is 0, expected 1 to"},
      {"ResizeHuge",
       Resize{.size = {1, 2 * kHuge}},
       {kImage},
       "size is 2199023255552, expected 1 to"},
      {"ResizeTooLarge",
       Resize{.size = {kMaxElements, kMaxElements}},
       {kImage},
       "too many elements"},
      {"ResizeScale",
       Resize{.size = {3, 3}, .scale = {2.0f, 0.5f}},
       {kImage},
       "scale is 2, expected about 0.5"},
      {"ResizeNoScale", Resize{.size = {3, 3}, .scale = {kNoNumber, 0.0f}}, {kImage}, "scale is"},
      {"ResizeOfRank3", Resize{}, {activation({kN, 4, 6})}, "expected rank 4"},
      {"ResizeConstant", Resize{}, {kWeight}, "expected an activation"},
      {"LrnSize", Lrn{0}, {kImage}, "size is 0, expected 1 to"},
      {"LrnHuge", Lrn{2 * kHuge}, {kImage}, "size is 2199023255552, expected 1 to"},
      {"LrnAlpha", Lrn{.alpha = kNoNumber}, {kImage}, "not finite"},
      {"LrnBeta", Lrn{.beta = HUGE_VALF}, {kImage}, "not finite"},
      {"LrnBias", Lrn{.bias = -HUGE_VALF}, {kImage}, "not finite"},
      {"LrnConstant", Lrn{}, {kWeight}, "expected an activation"},
      {"LrnInputs", Lrn{}, {kImage, kImage}, "2 inputs, expected 1"},
  };
}

class OperatorRules : public testing::TestWithParam<Defect> {};

TEST_P(OperatorRules, RefusesByName) {
  const Defect& defect = GetParam();
  expect_error(Status::kInvalidModel, {"node 'x'", defect.message},
               [&] { infer_shape(defect.op, inputs(defect.given)); });
}

INSTANTIATE_TEST_SUITE_P(Defects, OperatorRules, testing::ValuesIn(defects()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Shapes, CountElementsPerImageAndRefuseTooMany) {
  EXPECT_EQ((Shape{kN, 3, 4}).elements(), 12);
  EXPECT_EQ((Shape{2, 3, 4}).elements(), 24);
  EXPECT_THROW((Shape{kN, 1 << 30, 1 << 30}).elements(), Error);
  EXPECT_THROW((Shape{kN, kMaxElements, kMaxElements, kMaxElements}).elements(), Error);
}

TEST(Shapes, PrintTheBatchAsN) {
  EXPECT_EQ((Shape{kN, 20, 24, 24}).text(), "[N, 20, 24, 24]");
  EXPECT_EQ((Shape{20, 1, 5, 5}).text(), "[20, 1, 5, 5]");
  EXPECT_EQ((Shape{kN, 2}).with_batch(5), (Shape{5, 2}));
  EXPECT_EQ((Shape{3, 2}).with_batch(5), (Shape{3, 2}));
}

}  // namespace
}  // namespace ockham
