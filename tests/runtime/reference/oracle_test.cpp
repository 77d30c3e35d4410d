// The reference kernels against values worked out by hand: they are the oracle of all other tests.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/reference/reference.h"
#include "tests/cases/expect_error.h"

namespace ockham {
namespace {

using testing::ElementsAre;

/// A constant input of an operator.
struct Constant {
  Shape shape;
  std::vector<double> elements;
};

/// What one operator computes from an activation and constants.
std::vector<double> apply(const Operator& op, const Shape& shape, const std::vector<double>& x,
                          const std::vector<Constant>& constants = {}) {
  std::vector<Shape> shapes = {shape};
  std::vector<const double*> pointers = {x.data()};
  OperatorInputs inputs{"node 'x'", {{shape, false}}};
  inputs.inputs[0].shape[0] = Shape::kBatch;
  for (const Constant& constant : constants) {
    shapes.push_back(constant.shape);
    pointers.push_back(constant.elements.data());
    inputs.inputs.push_back({constant.shape, true});
  }
  const Shape output = infer_shape(op, inputs).with_batch(shape[0]);
  std::vector<double> y(static_cast<std::size_t>(output.elements()));
  reference::run_operator<double>(op, shapes, pointers, output, y.data());
  return y;
}

// A 3x3 image, counted from 1.
const Shape kImage = {1, 1, 3, 3};
const std::vector<double> kPixels = {1, 2, 3, 4, 5, 6, 7, 8, 9};

const Constant kTwoByTwo = {{1, 1, 2, 2}, {1, 10, 100, 1000}};

TEST(ReferenceConv2d, CorrelatesAndAddsTheBias) {
  const Conv2d op{.window = {.kernel = {2, 2}}};
  // Top left: 1 + 10 * 2 + 100 * 4 + 1000 * 5 = 5421.
  EXPECT_THAT(apply(op, kImage, kPixels, {kTwoByTwo}), ElementsAre(5421, 6532, 8754, 9865));
  EXPECT_THAT(apply(op, kImage, kPixels, {kTwoByTwo, {{1}, {0.5}}}),
              ElementsAre(5421.5, 6532.5, 8754.5, 9865.5));
}

TEST(ReferenceConv2d, PadsWithZerosOnTheSideThatIsTold) {
  const Conv2d top_left{.window = {.kernel = {2, 2}, .stride = {2, 2}, .pad_begin = {1, 1}}};
  EXPECT_THAT(apply(top_left, kImage, kPixels, {kTwoByTwo}), ElementsAre(1000, 3200, 7040, 9865));
  const Conv2d right{.window = {.kernel = {2, 2}, .stride = {1, 2}, .pad_end = {0, 1}}};
  EXPECT_THAT(apply(right, kImage, kPixels, {kTwoByTwo}), ElementsAre(5421, 603, 8754, 906));
}

TEST(ReferenceConv2d, Dilates) {
  const Conv2d op{.window = {.kernel = {2, 2}, .dilation = {2, 2}}};
  EXPECT_THAT(apply(op, kImage, kPixels, {kTwoByTwo}), ElementsAre(1 + 30 + 700 + 9000));
}

TEST(ReferenceConv2d, SumsOverChannelsPerFilter) {
  const Conv2d op{};
  const Shape two_channels = {1, 2, 1, 2};
  EXPECT_THAT(apply(op, two_channels, {1, 2, 10, 20}, {{{3, 2, 1, 1}, {1, 1, 1, -1, 0, 2}}}),
              ElementsAre(11, 22, -9, -18, 20, 40));
}

TEST(ReferenceConv2d, KeepsGroupsApart) {
  const Conv2d op{.groups = 2};
  const Shape four_channels = {1, 4, 1, 1};
  EXPECT_THAT(apply(op, four_channels, {1, 2, 3, 4}, {{{2, 2, 1, 1}, {10, 1, 10, 1}}}),
              ElementsAre(12, 34));
  const Conv2d depthwise{.groups = 2};
  EXPECT_THAT(apply(depthwise, {1, 2, 1, 1}, {3, 5}, {{{4, 1, 1, 1}, {1, 2, 10, 20}}}),
              ElementsAre(3, 6, 50, 100));
}

TEST(ReferenceConv2d, TreatsEachImageOfABatchAlone) {
  EXPECT_THAT(apply(Conv2d{}, {2, 1, 1, 2}, {1, 2, 3, 4}, {{{2, 1, 1, 1}, {1, 10}}}),
              ElementsAre(1, 2, 10, 20, 3, 4, 30, 40));
}

TEST(ReferenceLinear, MultipliesByTheTransposedWeight) {
  const Constant weight = {{2, 3}, {1, 0, 2, -1, 1, 0.5}};
  EXPECT_THAT(apply(Linear{}, {2, 3}, {1, 2, 3, 0, 1, 2}, {weight}), ElementsAre(7, 2.5, 4, 2));
  EXPECT_THAT(apply(Linear{}, {1, 3}, {1, 2, 3}, {weight, {{2}, {10, 20}}}), ElementsAre(17, 22.5));
}

TEST(ReferenceBatchNorm, NormalisesEachChannel) {
  const BatchNorm op{.epsilon = 1.0f};  // variances 3 and 8: standard deviations 2 and 3
  const std::vector<Constant> statistics = {
      {{2}, {2, 3}}, {{2}, {0.5, -1}}, {{2}, {1, 4}}, {{2}, {3, 8}}};
  EXPECT_THAT(apply(op, {1, 2, 1, 2}, {1, 3, 4, 10}, statistics), ElementsAre(0.5, 2.5, -1, 5));
  EXPECT_THAT(apply(op, {2, 2}, {1, 4, 3, 10}, statistics), ElementsAre(0.5, -1, 2.5, 5));
}

TEST(ReferenceUnary, RectifiesWithRelu) {
  EXPECT_THAT(apply(Unary{UnaryKind::kRelu}, {1, 4}, {-2, -0.0, 0.5, 3}),
              ElementsAre(0, 0, 0.5, 3));
}

/// What a function makes of -2, 0 and 3.
std::vector<double> at_three_points(const Unary& op) { return apply(op, {1, 3}, {-2, 0, 3}); }

MATCHER_P(IsAbout, number, "") { return std::abs(arg - number) < 1e-9; }

TEST(ReferenceUnary, PiecewiseLinearFunctions) {
  EXPECT_THAT(at_three_points({UnaryKind::kLeakyRelu, 0.25f}), ElementsAre(-0.5, 0, 3));
  EXPECT_THAT(at_three_points({UnaryKind::kClip, -1.0f, 2.5f}), ElementsAre(-1, 0, 2.5));
  EXPECT_THAT(at_three_points({UnaryKind::kClip, 1.0f, 1.0f}), ElementsAre(1, 1, 1));
  EXPECT_THAT(at_three_points({UnaryKind::kHardSigmoid, 0.125f, 0.5f}),
              ElementsAre(0.25, 0.5, 0.875));
  EXPECT_THAT(at_three_points({UnaryKind::kHardSigmoid, 0.5f, 0.5f}), ElementsAre(0, 0.5, 1));
  EXPECT_THAT(at_three_points({UnaryKind::kHardSwish}), ElementsAre(IsAbout(-1.0 / 3.0), 0, 3));
  EXPECT_THAT(apply(Unary{UnaryKind::kHardSwish}, {1, 3}, {-4, 1, 4}),
              ElementsAre(0, IsAbout(2.0 / 3.0), 4));
}

TEST(ReferenceUnary, SmoothFunctions) {
  EXPECT_THAT(at_three_points({UnaryKind::kSigmoid}),
              ElementsAre(IsAbout(0.11920292202211755), 0.5, IsAbout(0.95257412682243336)));
  EXPECT_THAT(at_three_points({UnaryKind::kTanh}),
              ElementsAre(IsAbout(-0.96402758007581690), 0, IsAbout(0.99505475368673046)));
  EXPECT_THAT(at_three_points({UnaryKind::kElu, 2.0f}),
              ElementsAre(IsAbout(-1.7293294335267746), 0, 3));
  EXPECT_THAT(at_three_points({UnaryKind::kSoftplus}),
              ElementsAre(IsAbout(0.12692801104297249), IsAbout(0.69314718055994531),
                          IsAbout(3.0485873515737420)));
  EXPECT_THAT(at_three_points({UnaryKind::kExp}),
              ElementsAre(IsAbout(0.13533528323661270), 1, IsAbout(20.085536923187668)));
  EXPECT_THAT(apply(Unary{UnaryKind::kSqrt}, {1, 3}, {0, 0.25, 9}), ElementsAre(0, 0.5, 3));
}

TEST(ReferenceUnary, TheErrorFunction) {
  EXPECT_THAT(at_three_points({UnaryKind::kErf}),
              ElementsAre(IsAbout(-0.99532226501895273), 0, IsAbout(0.99997790950300141)));
}

TEST(ReferenceUnary, BothFormsOfGelu) {
  // x times the normal distribution function: 0.0227501319481792 at -2, 0.998650101968370 at 3.
  EXPECT_THAT(at_three_points({UnaryKind::kGelu}),
              ElementsAre(IsAbout(-2 * 0.0227501319481792), 0, IsAbout(3 * 0.99865010196837)));
  // sqrt(2 / pi) (x + 0.044715 x^3) is -1.881188 at -2 and 3.356944 at 3.
  EXPECT_THAT(
      at_three_points({UnaryKind::kTanhGelu}),
      ElementsAre(testing::DoubleNear(-0.0454023, 1e-6), 0, testing::DoubleNear(2.9963627, 1e-6)));
}

TEST(ReferenceUnary, SoftplusDoesNotOverflow) {
  EXPECT_THAT(apply(Unary{UnaryKind::kSoftplus}, {1, 2}, {-1000, 1000}), ElementsAre(0, 1000));
}

TEST(ReferenceUnary, RoundsAndTakesSigns) {
  const std::vector<double> x = {-2.5, -0.25, 0, 0.5, 1.5, 2.75};
  const auto of_x = [&](UnaryKind kind) { return apply(Unary{kind}, {1, 6}, x); };
  EXPECT_THAT(of_x(UnaryKind::kNeg), ElementsAre(2.5, 0.25, 0, -0.5, -1.5, -2.75));
  EXPECT_THAT(of_x(UnaryKind::kAbs), ElementsAre(2.5, 0.25, 0, 0.5, 1.5, 2.75));
  EXPECT_THAT(of_x(UnaryKind::kFloor), ElementsAre(-3, -1, 0, 0, 1, 2));
  EXPECT_THAT(of_x(UnaryKind::kCeil), ElementsAre(-2, 0, 0, 1, 2, 3));
  EXPECT_THAT(of_x(UnaryKind::kRound), ElementsAre(-2, 0, 0, 0, 2, 3)) << "halves to the even";
  EXPECT_THAT(of_x(UnaryKind::kSign), ElementsAre(-1, -1, 0, 1, 1, 1));
  EXPECT_THAT(apply(Unary{UnaryKind::kReciprocal}, {1, 3}, {-4, 0.5, 2}),
              ElementsAre(-0.25, 2, 0.5));
}

TEST(ReferenceUnary, ActivationsWithThresholds) {
  EXPECT_THAT(at_three_points({UnaryKind::kThresholdedRelu, 0.5f}), ElementsAre(0, 0, 3));
  EXPECT_THAT(at_three_points({UnaryKind::kThresholdedRelu, 3.0f}), ElementsAre(0, 0, 0));
  EXPECT_THAT(at_three_points({UnaryKind::kShrink, 1.0f, 0.5f}), ElementsAre(-1.5, 0, 2.5));
  EXPECT_THAT(at_three_points({UnaryKind::kSoftsign}), ElementsAre(IsAbout(-2.0 / 3), 0, 0.75));
  EXPECT_THAT(at_three_points({UnaryKind::kSelu, 2.0f, 3.0f}),
              ElementsAre(IsAbout(6 * -0.86466471676338731), 0, 9));
  EXPECT_THAT(at_three_points({UnaryKind::kCelu, 4.0f}),
              ElementsAre(IsAbout(4 * -0.39346934028736658), 0, 3));
  EXPECT_THAT(at_three_points({UnaryKind::kMish}),
              ElementsAre(IsAbout(-0.25250148269570870), 0, IsAbout(2.9865350049679510)));
}

TEST(ReferenceUnary, TrigonometricFunctionsAndTheirInverses) {
  struct Pair {
    UnaryKind function, inverse;
    double x;
  };
  for (const auto& [function, inverse, x] :
       {Pair{UnaryKind::kSin, UnaryKind::kAsin, 0.5}, Pair{UnaryKind::kCos, UnaryKind::kAcos, 0.5},
        Pair{UnaryKind::kTan, UnaryKind::kAtan, 0.5}, Pair{UnaryKind::kSinh, UnaryKind::kAsinh, 2},
        Pair{UnaryKind::kCosh, UnaryKind::kAcosh, 2}, Pair{UnaryKind::kTanh, UnaryKind::kAtanh, 2},
        Pair{UnaryKind::kExp, UnaryKind::kLog, 2}}) {
    const std::vector<double> y = apply(Unary{function}, {1, 1}, {x});
    EXPECT_THAT(apply(Unary{inverse}, {1, 1}, y), ElementsAre(IsAbout(x))) << name_of(function);
  }
  constexpr double kHalf = 1.5707963267948966;
  EXPECT_THAT(apply(Unary{UnaryKind::kSin}, {1, 2}, {kHalf, -kHalf}), ElementsAre(1, -1));
  EXPECT_THAT(apply(Unary{UnaryKind::kCos}, {1, 2}, {0, 2 * kHalf}), ElementsAre(1, -1));
}

/// What is no number, and infinity, as ONNX Runtime has them.
TEST(ReferenceUnary, OfWhatIsNoNumber) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const Unary op :
       {Unary{UnaryKind::kNeg}, Unary{UnaryKind::kAbs}, Unary{UnaryKind::kRound},
        Unary{UnaryKind::kSign}, Unary{UnaryKind::kSelu, 1.0f, 1.0f}, Unary{UnaryKind::kCelu, 1.0f},
        Unary{UnaryKind::kMish}, Unary{UnaryKind::kSoftsign}}) {
    EXPECT_TRUE(std::isnan(apply(op, {1, 1}, {none})[0])) << name_of(op.kind);
  }
  EXPECT_EQ(apply(Unary{UnaryKind::kThresholdedRelu, 1.0f}, {1, 1}, {none})[0], 0);
  EXPECT_EQ(apply(Unary{UnaryKind::kShrink, 1.0f, 0.0f}, {1, 1}, {none})[0], 0);
}

/// What a function makes of two activations.
std::vector<double> combined(BinaryKind kind, const Shape& shape_a, const std::vector<double>& a,
                             const Shape& shape_b, const std::vector<double>& b) {
  const std::vector<Shape> shapes = {shape_a, shape_b};
  const std::vector<const double*> pointers = {a.data(), b.data()};
  Shape output = shape_a;
  for (int axis = 0; axis < output.rank(); ++axis) {
    output[axis] = std::max(shape_a[axis], shape_b[axis]);
  }
  std::vector<double> y(static_cast<std::size_t>(output.elements()));
  reference::run_operator<double>(Binary{kind}, shapes, pointers, output, y.data());
  return y;
}

std::vector<double> of_pairs(BinaryKind kind) {
  return combined(kind, {1, 2}, {3, 4}, {1, 2}, {2, -0.5});
}

TEST(ReferenceBinary, CombinesElementWithElement) {
  EXPECT_THAT(of_pairs(BinaryKind::kAdd), ElementsAre(5, 3.5));
  EXPECT_THAT(of_pairs(BinaryKind::kSub), ElementsAre(1, 4.5));
  EXPECT_THAT(of_pairs(BinaryKind::kMul), ElementsAre(6, -2));
  EXPECT_THAT(of_pairs(BinaryKind::kDiv), ElementsAre(1.5, -8));
  EXPECT_THAT(of_pairs(BinaryKind::kMax), ElementsAre(3, 4));
  EXPECT_THAT(of_pairs(BinaryKind::kMin), ElementsAre(2, -0.5));
  EXPECT_THAT(of_pairs(BinaryKind::kPow), ElementsAre(9, 0.5));
  EXPECT_THAT(combined(BinaryKind::kPRelu, {1, 2}, {3, -4}, {1, 2}, {2, 0.25}), ElementsAre(3, -1));
  EXPECT_THAT(combined(BinaryKind::kFmod, {1, 3}, {7.5, -7.5, 7.5}, {1, 3}, {2, 2, -2}),
              ElementsAre(1.5, -1.5, 1.5));
}

TEST(ReferenceBinary, RepeatsAxesOfExtentOne) {
  const std::vector<double> two_images = {1, 2, 3, 4, 5, 6, 7, 8};
  const Shape shape = {2, 2, 1, 2};
  EXPECT_THAT(combined(BinaryKind::kMul, shape, two_images, {2, 2, 1, 1}, {1, 10, 100, 1000}),
              ElementsAre(1, 2, 30, 40, 500, 600, 7000, 8000));
  EXPECT_THAT(combined(BinaryKind::kSub, {2, 1, 1, 2}, {0, 10, 20, 30}, shape, two_images),
              ElementsAre(-1, 8, -3, 6, 15, 24, 13, 22));
  EXPECT_THAT(combined(BinaryKind::kAdd, {1, 2, 1}, {1, 2}, {1, 1, 2}, {10, 20}),
              ElementsAre(11, 21, 12, 22));
}

TEST(ReferenceBinary, RepeatsAConstantForEachImage) {
  const std::vector<double> two_images = {1, 2, 3, 4, 5, 6, 7, 8};
  const Binary mul{BinaryKind::kMul};
  EXPECT_THAT(apply(mul, {2, 2, 1, 2}, two_images, {{{2, 1, 1}, {1, 10}}}),
              ElementsAre(1, 2, 30, 40, 5, 6, 70, 80));
  EXPECT_THAT(apply(mul, {2, 2, 1, 2}, two_images, {{{1, 1, 2}, {1, -1}}}),
              ElementsAre(1, -2, 3, -4, 5, -6, 7, -8));
  EXPECT_THAT(apply(mul, {2, 4}, two_images, {{{1}, {2}}}),
              ElementsAre(2, 4, 6, 8, 10, 12, 14, 16));
}

TEST(ReferencePool2d, TakesTheLargest) {
  const Pool2d op{PoolKind::kMax, {.kernel = {2, 2}}};
  EXPECT_THAT(apply(op, kImage, kPixels), ElementsAre(5, 6, 8, 9));
  EXPECT_THAT(apply(op, kImage, {-1, -2, -3, -4, -5, -6, -7, -8, -9}), ElementsAre(-1, -2, -4, -5));
}

TEST(ReferencePool2d, NeverTakesPaddingForTheLargest) {
  const Pool2d op{PoolKind::kMax,
                  {.kernel = {2, 2}, .stride = {2, 2}, .pad_begin = {1, 1}, .pad_end = {0, 0}}};
  EXPECT_THAT(apply(op, kImage, {-1, -2, -3, -4, -5, -6, -7, -8, -9}), ElementsAre(-1, -2, -4, -5));
}

TEST(ReferencePool2d, AveragesWithAndWithoutPadding) {
  Pool2d op{PoolKind::kAverage,
            {.kernel = {2, 2}, .stride = {2, 2}, .pad_begin = {1, 1}, .pad_end = {0, 0}}};
  EXPECT_THAT(apply(op, kImage, kPixels), ElementsAre(1, 2.5, 5.5, 7));
  op.count_include_pad = true;
  EXPECT_THAT(apply(op, kImage, kPixels), ElementsAre(0.25, 1.25, 2.75, 7));
}

/// What a concat makes of two images [1, 2] or [2, 1] ...
std::vector<double> joined(std::int64_t axis, const Shape& a, const Shape& b, const Shape& y) {
  const std::vector<double> first = {1, 2, 3, 4}, second = {10, 20, 30, 40};
  const std::vector<Shape> shapes = {a, b};
  const std::vector<const double*> pointers = {first.data(), second.data()};
  std::vector<double> output(static_cast<std::size_t>(y.elements()));
  reference::run_operator<double>(Concat{axis}, shapes, pointers, y, output.data());
  return output;
}

TEST(ReferenceConcat, JoinsAlongItsAxis) {
  EXPECT_THAT(joined(1, {1, 2, 2}, {1, 1, 2}, {1, 3, 2}), ElementsAre(1, 2, 3, 4, 10, 20));
  EXPECT_THAT(joined(2, {1, 2, 2}, {1, 2, 1}, {1, 2, 3}), ElementsAre(1, 2, 10, 3, 4, 20));
  EXPECT_THAT(joined(1, {2, 1}, {2, 2}, {2, 3}), ElementsAre(1, 10, 20, 2, 30, 40)) << "two images";
}

TEST(ReferenceReshape, KeepsTheOrder) {
  EXPECT_THAT(apply(Reshape{{1, 2}}, {1, 4, 1}, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
}

TEST(ReferenceSoftmax, AddsUpToOneAlongItsAxis) {
  const double e = std::exp(1.0);
  EXPECT_THAT(apply(Softmax{1}, {1, 3}, {0, 0, 0}),
              ElementsAre(IsAbout(1.0 / 3), IsAbout(1.0 / 3), IsAbout(1.0 / 3)));
  EXPECT_THAT(apply(Softmax{1}, {1, 2, 2}, {0, 5, 1, 5}),
              ElementsAre(IsAbout(1 / (1 + e)), 0.5, IsAbout(e / (1 + e)), 0.5));
  EXPECT_THAT(apply(Softmax{2}, {1, 2, 2}, {0, 1, 1000, 1000}),
              ElementsAre(IsAbout(1 / (1 + e)), IsAbout(e / (1 + e)), 0.5, 0.5))
      << "large numbers do not overflow";
}

TEST(ReferenceSoftmax, OfItsOtherKinds) {
  const Softmax logarithms{1, SoftmaxKind::kLogSoftmax};
  EXPECT_THAT(apply(logarithms, {1, 3}, {2, 2, 2}),
              ElementsAre(IsAbout(-std::log(3)), IsAbout(-std::log(3)), IsAbout(-std::log(3))));
  EXPECT_THAT(apply(logarithms, {1, 2}, {0, 1000}), ElementsAre(-1000, 0))
      << "what would be log(0) otherwise";
  EXPECT_THAT(apply(Softmax{1, SoftmaxKind::kHardmax}, {1, 4}, {1, 3, 3, 2}),
              ElementsAre(0, 1, 0, 0))
      << "the first of the largest";
  EXPECT_THAT(apply(Softmax{1, SoftmaxKind::kHardmax}, {1, 2, 2}, {1, 2, 3, -4}),
              ElementsAre(0, 1, 1, 0));
}

/// Of two images with two channels of three pixels.
std::vector<double> reduced(ReduceKind kind, std::vector<std::int64_t> axes) {
  const std::vector<double> x = {1, -2, 3, 4, 0, -4, 2, 2, 2, 1, 1, 2};
  return apply(Reduce{kind, std::move(axes)}, {2, 2, 3}, x);
}

TEST(ReferenceReduce, OfEachKind) {
  EXPECT_THAT(reduced(ReduceKind::kMax, {2}), ElementsAre(3, 4, 2, 2));
  EXPECT_THAT(reduced(ReduceKind::kMin, {2}), ElementsAre(-2, -4, 2, 1));
  EXPECT_THAT(reduced(ReduceKind::kSum, {2}), ElementsAre(2, 0, 6, 4));
  EXPECT_THAT(reduced(ReduceKind::kMean, {2}),
              ElementsAre(IsAbout(2.0 / 3), 0, 2, IsAbout(4.0 / 3)));
  EXPECT_THAT(reduced(ReduceKind::kProd, {2}), ElementsAre(-6, 0, 8, 2));
  EXPECT_THAT(reduced(ReduceKind::kL1, {2}), ElementsAre(6, 8, 6, 4));
  EXPECT_THAT(reduced(ReduceKind::kL2, {2}),
              ElementsAre(IsAbout(std::sqrt(14)), IsAbout(std::sqrt(32)), IsAbout(std::sqrt(12)),
                          IsAbout(std::sqrt(6))));
  EXPECT_THAT(reduced(ReduceKind::kSumSquare, {2}), ElementsAre(14, 32, 12, 6));
  EXPECT_THAT(reduced(ReduceKind::kLogSum, {2}),
              ElementsAre(IsAbout(std::log(2)), -std::numeric_limits<double>::infinity(),
                          IsAbout(std::log(6)), IsAbout(std::log(4))));
  EXPECT_THAT(reduced(ReduceKind::kLogSumExp, {2})[2], IsAbout(2 + std::log(3)));
}

TEST(ReferenceReduce, OverAnyAxes) {
  EXPECT_THAT(reduced(ReduceKind::kSum, {1}), ElementsAre(5, -2, -1, 3, 3, 4));
  EXPECT_THAT(reduced(ReduceKind::kSum, {1, 2}), ElementsAre(2, 10)) << "each image alone";
  EXPECT_THAT(apply(Reduce{ReduceKind::kSum, {1, 3}}, {1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}),
              ElementsAre(14, 22));
}

TEST(ReferenceReduce, KeepsWhatIsNoNumberAndDoesNotOverflow) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (int kind = 0; kind <= static_cast<int>(kLastReduceKind); ++kind) {
    for (const std::vector<double>& x :
         {std::vector<double>{none, 1, 2}, {1, none, 2}, {1, 2, none}}) {
      const Reduce op{static_cast<ReduceKind>(kind), {1}};
      EXPECT_TRUE(std::isnan(apply(op, {1, 3}, x)[0])) << name_of(op.kind);
    }
  }
  const double infinity = std::numeric_limits<double>::infinity();
  const Reduce op{ReduceKind::kLogSumExp, {1}};
  EXPECT_THAT(apply(op, {1, 2}, {1000, 1000}), ElementsAre(IsAbout(1000 + std::log(2))));
  EXPECT_THAT(apply(op, {1, 2}, {infinity, 0}), ElementsAre(infinity));
  EXPECT_THAT(apply(op, {1, 2}, {-infinity, -infinity}), ElementsAre(-infinity));
}

TEST(ReferenceArgExtreme, FindsTheFirstOrTheLast) {
  const std::vector<double> x = {1, 3, 3, 0, 0, 2};
  const ArgExtreme most{ArgKind::kMax, 1}, least{ArgKind::kMin, 1};
  EXPECT_THAT(apply(most, {1, 6}, x), ElementsAre(1));
  EXPECT_THAT(apply(least, {1, 6}, x), ElementsAre(3));
  EXPECT_THAT(apply(ArgExtreme{ArgKind::kMax, 1, true, true}, {1, 6}, x), ElementsAre(2));
  EXPECT_THAT(apply(ArgExtreme{ArgKind::kMin, 1, true, true}, {1, 6}, x), ElementsAre(4));
  EXPECT_THAT(apply(most, {1, 2, 3}, x), ElementsAre(0, 0, 0)) << "the first of equal ones";
  EXPECT_THAT(apply(ArgExtreme{ArgKind::kMax, 2}, {1, 2, 3}, x), ElementsAre(1, 2));
}

TEST(ReferenceTopK, OrdersTheLargestOrTheSmallest) {
  const std::vector<double> x = {1, 3, 2, 3, 0, 2};
  const auto top = [&](std::int64_t count, bool largest, TopKOutput gives) {
    return apply(TopK{1, count, largest, gives}, {1, 6}, x);
  };
  EXPECT_THAT(top(3, true, TopKOutput::kValues), ElementsAre(3, 3, 2));
  EXPECT_THAT(top(3, true, TopKOutput::kIndices), ElementsAre(1, 3, 2));
  EXPECT_THAT(top(4, false, TopKOutput::kValues), ElementsAre(0, 1, 2, 2));
  EXPECT_THAT(top(6, false, TopKOutput::kIndices), ElementsAre(4, 0, 2, 5, 1, 3));
  EXPECT_THAT(apply(TopK{1, 1}, {1, 2, 3}, x), ElementsAre(3, 3, 2));
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(apply(TopK{1, 3, true, TopKOutput::kIndices}, {1, 3}, {none, 1, 2}),
              ElementsAre(2, 1, 0));
}

TEST(ReferenceFakeQuantize, RoundsHalvesToTheEvenAndCuts) {
  const FakeQuantize op{QuantizedType::kUint8};
  EXPECT_THAT(
      apply(op, {1, 6}, {0.25, 0.75, -64.25, -100, 63.5, 100}, {{{1}, {0.5}}, {{1}, {128}}}),
      ElementsAre(0, 1, -64, -64, 63.5, 63.5));
  const FakeQuantize signed_op{QuantizedType::kInt8};
  EXPECT_THAT(apply(signed_op, {1, 3}, {-200, 126.75, 300}, {{{1}, {1}}, {{1}, {0}}}),
              ElementsAre(-128, 127, 127));
}

TEST(ReferenceFakeQuantize, HasAScaleForEachPositionOfAnAxis) {
  const std::vector<Constant> per_axis = {{{2}, {1, 10}}, {{2}, {0, 1}}};
  EXPECT_THAT(
      apply(FakeQuantize{QuantizedType::kUint8, 1}, {1, 2, 2}, {1.25, 7, 14, -15}, per_axis),
      ElementsAre(1, 7, 10, -10));
  EXPECT_THAT(
      apply(FakeQuantize{QuantizedType::kUint8, 2}, {1, 2, 2}, {1.25, 14, 7, -15}, per_axis),
      ElementsAre(1, 10, 7, -10));
}

TEST(ReferenceFlatten, KeepsTheOrder) {
  EXPECT_THAT(apply(Flatten{}, {1, 2, 1, 2}, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
}

TEST(ReferenceGather, PicksChannelsInTheOrderOfItsIndices) {
  EXPECT_THAT(apply(Gather{{2, 0, 2}}, {1, 3, 1, 2}, {1, 2, 3, 4, 5, 6}),
              ElementsAre(5, 6, 1, 2, 5, 6));
  EXPECT_THAT(apply(Gather{{1}}, {2, 3}, {1, 2, 3, 4, 5, 6}), ElementsAre(2, 5)) << "two images";
}

TEST(ReferenceGather, AddsChannelsOfZeros) {
  const std::int64_t zero = Gather::kZero;
  EXPECT_THAT(apply(Gather{{zero, 1, zero}}, {1, 2, 1, 2}, {1, 2, 3, 4}),
              ElementsAre(0, 0, 3, 4, 0, 0));
  EXPECT_THAT(apply(Gather{{zero}}, {2, 1}, {1, 2}), ElementsAre(0, 0)) << "two images";
}

TEST(ReferenceSpatialGather, PicksRowsOrColumns) {
  EXPECT_THAT(apply(SpatialGather{2, {2, 0}}, kImage, kPixels), ElementsAre(7, 8, 9, 1, 2, 3));
  EXPECT_THAT(apply(SpatialGather{3, {1, 1}}, kImage, kPixels), ElementsAre(2, 2, 5, 5, 8, 8));
  EXPECT_THAT(apply(SpatialGather{2, {1}}, {1, 2, 2}, {1, 2, 3, 4}), ElementsAre(2, 4));
}

TEST(ReferencePad, SurroundsEachImage) {
  EXPECT_THAT(apply(Pad{{1, 0}, {0, 2}, 0.5f}, {1, 2, 1, 2}, {1, 2, 3, 4}),
              ElementsAre(0.5, 0.5, 0.5, 0.5, 1, 2, 0.5, 0.5,  // the first channel
                          0.5, 0.5, 0.5, 0.5, 3, 4, 0.5, 0.5));
  EXPECT_THAT(apply(Pad{{1}, {1}}, {2, 1, 1}, {1, 2}), ElementsAre(0, 1, 0, 0, 2, 0))
      << "two images";
  EXPECT_EQ(apply(Pad{{0, 0}, {0, 0}}, kImage, kPixels), kPixels) << "nothing around it";
}

TEST(ReferenceTranspose, MovesAxes) {
  const std::vector<double> x = {1, 2, 3, 4, 5, 6};
  EXPECT_THAT(apply(Transpose{{0, 2, 1}}, {1, 2, 3}, x), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(apply(Transpose{{0, 2, 1}}, {2, 1, 3}, x), ElementsAre(1, 2, 3, 4, 5, 6));
  // [c][h][w] = 6 c + 3 h + w + 1 comes out as [h][w][c].
  EXPECT_THAT(apply(Transpose{{0, 2, 3, 1}}, {1, 2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}),
              ElementsAre(1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12));
}

TEST(ReferenceDepthToSpace, InterleavesTheChannelsOfABlock) {
  // The example of ONNX's mode CRD, cut to one channel of 2 x 3 blocks.
  std::vector<double> x;
  for (int channel = 0; channel < 4; ++channel) {
    for (int pixel = 0; pixel < 6; ++pixel) x.push_back(9 * channel + pixel);
  }
  EXPECT_THAT(apply(DepthToSpace{{2, 2}}, {1, 4, 2, 3}, x),
              ElementsAre(0, 9, 1, 10, 2, 11, 18, 27, 19, 28, 20, 29,  //
                          3, 12, 4, 13, 5, 14, 21, 30, 22, 31, 23, 32));
  EXPECT_THAT(apply(DepthToSpace{{1, 2}}, {1, 4, 1, 1}, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(apply(DepthToSpace{{2, 1}}, {1, 2, 1, 2}, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(apply(DepthToSpace{{1, 2}}, {1, 2, 1, 2}, {1, 2, 3, 4}), ElementsAre(1, 3, 2, 4));
}

TEST(ReferenceLrn, DividesByItsNeighbours) {
  // y[c] = x[c] / (1 + 2 / 3 * (squares of c - 1, c, c + 1))
  const Lrn three{3, 2.0f, 1.0f, 1.0f};
  EXPECT_THAT(apply(three, {1, 3, 1}, {1, 2, 3}),
              ElementsAre(IsAbout(1 / (1 + 2.0 / 3 * 5)), IsAbout(2 / (1 + 2.0 / 3 * 14)),
                          IsAbout(3 / (1 + 2.0 / 3 * 13))));
  // An even size reaches further behind: x[c]^2 and x[c + 1]^2.
  EXPECT_THAT(apply(Lrn{2, 2.0f, 0.5f, 4.0f}, {1, 2, 1}, {1, 2}),
              ElementsAre(IsAbout(1 / 3.0), IsAbout(2 / std::sqrt(8.0))));
  EXPECT_THAT(apply(Lrn{1, 1.0f, 1.0f, 0.0f}, {1, 2, 1}, {2, 4}), ElementsAre(0.5, 0.25));
}

// The examples of operator Resize in ONNX's documentation.
const Shape kTwo = {1, 1, 2, 2};
const Shape kTwoByFour = {1, 1, 2, 4};
const Shape kFour = {1, 1, 4, 4};

std::vector<double> counted(int count) {
  std::vector<double> numbers;
  for (int i = 1; i <= count; ++i) numbers.push_back(i);
  return numbers;
}

/// Of an image that counts from 1.
std::vector<double> resized(const Resize& op, const Shape& image) {
  return apply(op, image, counted(static_cast<int>(image.elements())));
}

Resize linear(ResizeCoordinates coordinates, std::int64_t height, std::int64_t width) {
  return {.kind = ResizeKind::kLinear, .coordinates = coordinates, .size = {height, width}};
}

auto near(const std::vector<double>& numbers) {
  return testing::Pointwise(testing::DoubleNear(1e-5), numbers);
}

TEST(ReferenceResize, InterpolatesBetweenHalfPixels) {
  const Resize twice = linear(ResizeCoordinates::kHalfPixel, 4, 4);
  EXPECT_THAT(resized(twice, kTwo), near({1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5,  //
                                          2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4}));
  Resize shrunk = linear(ResizeCoordinates::kHalfPixel, 1, 2);
  shrunk.scale[0] = shrunk.scale[1] = 0.6f;
  EXPECT_THAT(resized(shrunk, kTwoByFour), near({2.6666665, 4.3333331}));
}

TEST(ReferenceResize, InterpolatesBetweenAlignedCorners) {
  const Resize twice = linear(ResizeCoordinates::kAlignCorners, 4, 4);
  const double t = 1.0 / 3.0;
  EXPECT_THAT(resized(twice, kTwo), near({1, 1 + t, 2 - t, 2, 2 - t, 2, 2 + t, 3 - t,  //
                                          2 + t, 3 - t, 3, 3 + t, 3, 3 + t, 4 - t, 4}));
  Resize shrunk = linear(ResizeCoordinates::kAlignCorners, 1, 2);
  shrunk.scale[0] = shrunk.scale[1] = 0.6f;
  EXPECT_THAT(resized(shrunk, kTwoByFour), near({1, 3.142857}));
}

TEST(ReferenceResize, InterpolatesFromTheFirstPixelOn) {
  // Pixel o lies at o / 2, and the last one beyond the border.
  const Resize twice = linear(ResizeCoordinates::kAsymmetric, 2, 4);
  EXPECT_THAT(resized(twice, {1, 1, 2, 2}), near({1, 1.5, 2, 2, 3, 3.5, 4, 4}));
}

TEST(ReferenceResize, InterpolatesFromTheFirstPixelWhenOneIsLeft) {
  const Resize op = linear(ResizeCoordinates::kPytorchHalfPixel, 3, 1);
  EXPECT_THAT(resized(op, kFour), near({1.6666666, 7, 12.333333}));
  EXPECT_THAT(resized(linear(ResizeCoordinates::kHalfPixel, 4, 1), kFour),
              near({2.5, 6.5, 10.5, 14.5}));
}

TEST(ReferenceResize, InterpolatesAroundTheMiddle) {
  Resize grown = linear(ResizeCoordinates::kHalfPixelSymmetric, 4, 5);
  grown.scale[0] = 2.3f;
  grown.scale[1] = 2.94f;
  EXPECT_THAT(resized(grown, kTwo),
              near({1,          1.15986395, 1.5,        1.84013605, 2,           //
                    1.56521738, 1.72508133, 2.06521738, 2.40535343, 2.56521738,  //
                    2.43478262, 2.59464657, 2.93478262, 3.27491867, 3.43478262,  //
                    3,          3.15986395, 3.5,        3.84013605, 4}));
  Resize shrunk = linear(ResizeCoordinates::kHalfPixelSymmetric, 1, 2);
  shrunk.scale[1] = 0.6f;
  EXPECT_THAT(resized(shrunk, {1, 1, 1, 4}), near({1.6666667, 3.3333333}));
}

TEST(ReferenceResize, TakesAPartWhoseCornersStay) {
  Resize part = linear(ResizeCoordinates::kTfCropAndResize, 3, 3);
  part.begin[0] = 0.4f, part.end[0] = 0.6f;
  part.begin[1] = 0.6f, part.end[1] = 0.8f;
  EXPECT_THAT(resized(part, kFour), near({7.6, 7.9, 8.2, 8.8, 9.1, 9.4, 10, 10.3, 10.6}));
  part.size[0] = 1;  // the middle of the part
  EXPECT_THAT(resized(part, kFour), near({8.8, 9.1, 9.4}));
}

TEST(ReferenceResize, HasAnotherNumberBeyondTheImage) {
  Resize part = linear(ResizeCoordinates::kTfCropAndResize, 2, 4);
  part.begin[1] = -1.0f, part.end[1] = 2.0f;
  part.outside = 10.0f;
  EXPECT_THAT(resized(part, kTwo), ElementsAre(10, 1, 2, 10, 10, 3, 4, 10));
  part.kind = ResizeKind::kNearest;
  EXPECT_THAT(resized(part, kTwo), ElementsAre(10, 1, 2, 10, 10, 3, 4, 10));
}

TEST(ReferenceResize, AveragesOverMorePixelsWhenItShrinks) {
  Resize op = linear(ResizeCoordinates::kHalfPixel, 2, 2);
  op.scale[0] = op.scale[1] = 0.6f;
  op.antialias = true;
  EXPECT_THAT(resized(op, kFour), near({2.875, 4.5, 9.375, 11}));
}

/// Where each of 8 columns is taken from, of 4 (counted from 1).
std::vector<double> nearest(ResizeCoordinates coordinates, NearestPixel pixel) {
  return resized(Resize{.coordinates = coordinates, .nearest = pixel, .size = {1, 8}},
                 {1, 1, 1, 4});
}

TEST(ReferenceResize, TakesTheNearestPixel) {
  using enum ResizeCoordinates;
  using enum NearestPixel;
  EXPECT_THAT(nearest(kHalfPixel, kCeil), ElementsAre(1, 2, 2, 3, 3, 4, 4, 4));
  EXPECT_THAT(nearest(kAlignCorners, kFloor), ElementsAre(1, 1, 1, 2, 2, 3, 3, 4));
  EXPECT_THAT(nearest(kAsymmetric, kRoundPreferCeil), ElementsAre(1, 2, 2, 3, 3, 4, 4, 4));
  EXPECT_THAT(nearest(kAsymmetric, kRoundPreferFloor), ElementsAre(1, 1, 2, 2, 3, 3, 4, 4));
  EXPECT_THAT(nearest(kHalfPixel, kRoundPreferFloor), ElementsAre(1, 1, 2, 2, 3, 3, 4, 4));
  Resize shrunk{.size = {1, 2}, .scale = {0.6f, 0.6f}};
  EXPECT_THAT(resized(shrunk, kTwoByFour), ElementsAre(1, 3));
  // Pixel 8 of 17 lies at (8 + 0.5) * 7 / 17 - 0.5, which is 3, in float as well.
  const Resize grown{.nearest = NearestPixel::kCeil, .size = {1, 17}};
  EXPECT_EQ(resized(grown, {1, 1, 1, 7})[8], 4);
  EXPECT_THAT(resized(Resize{.size = {4, 6}}, kTwo),
              ElementsAre(1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4));
}

// The middle pixel of three lies in the middle of seven, the others two pixels from it.
TEST(ReferenceResize, TakesPixelsAroundTheMiddle) {
  using enum NearestPixel;
  for (const NearestPixel pixel : {kFloor, kCeil, kRoundPreferFloor, kRoundPreferCeil}) {
    const Resize shrunk{.coordinates = ResizeCoordinates::kHalfPixelSymmetric,
                        .nearest = pixel,
                        .size = {1, 3},
                        .scale = {0.0f, 0.5f}};
    EXPECT_THAT(resized(shrunk, {1, 1, 1, 7}), ElementsAre(2, 4, 6)) << name_of(pixel);
  }
}

/// Where column `o` of `out` is taken from, of `in` (counted from 0).
double column(ResizeCoordinates coordinates, NearestPixel pixel, std::int64_t in, std::int64_t out,
              std::size_t o) {
  const Resize op{.coordinates = coordinates, .nearest = pixel, .size = {1, out}};
  return resized(op, {1, 1, 1, in})[o] - 1;
}

// The expected numbers are ONNX Runtime's.
TEST(ReferenceResize, CountsNearestPixelsInFloat) {
  using enum ResizeCoordinates;
  using enum NearestPixel;
  // 1 / (2 / 14) in float is a little less than 7, and 19 / (38 / 14) a little more.
  EXPECT_EQ(column(kAsymmetric, kFloor, 14, 2, 1), 6);
  EXPECT_EQ(column(kAsymmetric, kCeil, 14, 38, 19), 8);
  EXPECT_EQ(column(kHalfPixel, kFloor, 7, 39, 19), 2);
  EXPECT_EQ(column(kHalfPixelSymmetric, kCeil, 7, 19, 9), 4);
  // Beside the middle between two pixels by rounding alone is in the middle.
  EXPECT_EQ(column(kAsymmetric, kRoundPreferCeil, 7, 2, 1), 4);
  EXPECT_EQ(column(kAsymmetric, kRoundPreferFloor, 7, 38, 19), 3);
  EXPECT_EQ(column(kHalfPixel, kRoundPreferFloor, 14, 19, 9), 6);
  EXPECT_EQ(column(kHalfPixel, kRoundPreferCeil, 14, 39, 19), 7);
}

// As ONNX Runtime answers without optimisations; the largest of a window is kept stricter.
TEST(NotFinite, IsNotHidden) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const testing::Matcher<double> nan = testing::IsNan();
  const auto of = [](const Unary& op) { return apply(op, {1, 3}, {kNan, kInf, -kInf}); };
  EXPECT_THAT(of({UnaryKind::kRelu}), ElementsAre(nan, kInf, 0));
  EXPECT_THAT(of({UnaryKind::kClip, 0, 6}), ElementsAre(nan, 6, 0));
  EXPECT_THAT(of({UnaryKind::kLeakyRelu, 0.5f}), ElementsAre(nan, kInf, -kInf));
  EXPECT_THAT(of({UnaryKind::kHardSigmoid, 0.25f, 0.5f}), ElementsAre(nan, 1, 0));
  EXPECT_THAT(of({UnaryKind::kHardSwish}), ElementsAre(nan, kInf, nan));
  EXPECT_THAT(of({UnaryKind::kSoftplus}), ElementsAre(nan, kInf, 0));
  EXPECT_THAT(of({UnaryKind::kElu, 1}), ElementsAre(nan, kInf, -1));
  EXPECT_THAT(of({UnaryKind::kSign}), ElementsAre(nan, 1, -1));
  for (const BinaryKind kind : {BinaryKind::kMax, BinaryKind::kMin}) {
    EXPECT_THAT(combined(kind, {1, 2}, {kNan, 1}, {1, 2}, {1, kNan}), ElementsAre(nan, nan));
  }
  const Pool2d largest{PoolKind::kMax, {.kernel = {1, 2}, .stride = {1, 2}}};
  EXPECT_THAT(apply(largest, {1, 1, 1, 6}, {kNan, 1, 1, kNan, -kInf, -kInf}),
              ElementsAre(nan, nan, -kInf));
}

class ReferenceRun : public testing::Test {
 protected:
  ReferenceRun() {
    const ValueId x = graph.add_input("x", {Shape::kBatch, 2});
    const ValueId weight = graph.add_constant("weight", {2, 2}, std::vector<float>{1, 1, 1, -1});
    const ValueId fc = graph.add_node("fc", Linear{}, {x, weight});
    graph.outputs = {graph.add_node("relu", Unary{UnaryKind::kRelu}, {fc}), fc};
  }

  Graph graph;
};

TEST_F(ReferenceRun, ReturnsTheOutputsInOrder) {
  const std::vector<reference::Tensor<double>> inputs = {{{2, 2}, {1, 2, 5, 3}}};
  const auto outputs = reference::run<double>(graph, inputs);
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].shape, (Shape{2, 2}));
  EXPECT_THAT(outputs[0].data, ElementsAre(3, 0, 8, 2));
  EXPECT_THAT(outputs[1].data, ElementsAre(3, -1, 8, 2));
}

TEST_F(ReferenceRun, RefusesInputsOfTheWrongNumberOrShape) {
  const auto run = [&](const std::vector<reference::Tensor<double>>& inputs) {
    return [&, inputs] { reference::run<double>(graph, inputs); };
  };
  tests::expect_error(Status::kInvalidArgument, {"0 inputs given", "has 1"}, run({}));
  tests::expect_error(Status::kInvalidArgument, {"input 'x'", "[1, 3]", "[N, 2]"},
                      run({{{1, 3}, {1, 2, 3}}}));
  tests::expect_error(Status::kInvalidArgument, {"input 'x'"}, run({{{0, 2}, {}}}));
  tests::expect_error(Status::kInvalidArgument, {"input 'x'"}, run({{{1, 2}, {1}}}));
}

}  // namespace
}  // namespace ockham
