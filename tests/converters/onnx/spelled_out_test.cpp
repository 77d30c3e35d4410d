// ONNX operators that have none of their own in the Graph: what others compute in their place.
// Expected numbers are worked out here from ONNX's definitions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "converters/pruning/conversion.h"
#include "onnx_schema/onnx.pb.h"
#include "runtime/reference/reference.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;

constexpr std::int64_t kN = Shape::kBatch;

const Value& output(const Graph& graph, std::size_t i = 0) { return graph.value(graph.outputs[i]); }

/// Numbers with no pattern, from -2 to 2.
std::vector<float> scattered(std::size_t count) {
  std::vector<float> numbers;
  for (std::size_t i = 0; i < count; ++i) {
    numbers.push_back(2.0f * std::sin(static_cast<float>(i * i) + 1.0f));
  }
  return numbers;
}

/// What the network makes of two images of scattered numbers.
std::vector<double> computed(const Graph& graph, std::size_t output = 0) {
  Shape shape = graph.value(graph.inputs[0]).shape;
  shape[0] = 2;
  const std::vector<float> image = scattered(static_cast<std::size_t>(shape.elements()));
  const std::vector<reference::Tensor<double>> inputs = {{shape, {image.begin(), image.end()}}};
  return reference::run<double>(graph, inputs)[output].data;
}

void expect_computes(const Graph& graph, const std::vector<double>& expected,
                     std::size_t output = 0) {
  EXPECT_THAT(computed(graph, output), Pointwise(DoubleNear(1e-5), expected));
}

// --- Normalisation ---

/// Runs of `length` numbers, each with mean 0 and variance 1 (but for epsilon), and the element at
/// `i` then times scale(i) plus shift(i).
std::vector<double> normalized(const std::vector<float>& x, std::size_t length, double epsilon,
                               const std::function<double(std::size_t)>& scale,
                               const std::function<double(std::size_t)>& shift) {
  std::vector<double> result;
  for (std::size_t begin = 0; begin < x.size(); begin += length) {
    double mean = 0.0, variance = 0.0;
    for (std::size_t i = 0; i < length; ++i) mean += x[begin + i] / static_cast<double>(length);
    for (std::size_t i = 0; i < length; ++i) {
      variance += std::pow(x[begin + i] - mean, 2.0) / static_cast<double>(length);
    }
    for (std::size_t i = begin; i < begin + length; ++i) {
      result.push_back((x[i] - mean) / std::sqrt(variance + epsilon) * scale(i) + shift(i));
    }
  }
  return result;
}

/// x [N, 4, 3, 5] or, of one dimension, [N, 4, 15]; scale 1 to 4; shift 10, 20, 30, 40.
OnnxBuilder norm_model(bool is_image = true) {
  OnnxBuilder onnx(21);
  onnx.input("x", is_image ? Dims{-1, 4, 3, 5} : Dims{-1, 4, 15}).output("y");
  onnx.counted("scale", {4});
  onnx.floats("shift", {4}, {10, 20, 30, 40});
  return onnx;
}

double scale_of_channel(std::size_t i) { return static_cast<double>(i / 15 % 4 + 1); }
double shift_of_channel(std::size_t i) { return 10.0 * scale_of_channel(i); }

TEST(ImportInstanceNormalization, NormalisesEachChannelOfEachImage) {
  for (const bool is_image : {true, false}) {
    OnnxBuilder onnx = norm_model(is_image);
    onnx.node("InstanceNormalization", {"x", "scale", "shift"}, "y").number("epsilon", 0.25f);
    const Graph graph = onnx.import();
    EXPECT_EQ(output(graph).shape, is_image ? Shape({kN, 4, 3, 5}) : Shape({kN, 4, 15}));
    expect_computes(graph,
                    normalized(scattered(120), 15, 0.25, scale_of_channel, shift_of_channel));
  }
}

TEST(ImportInstanceNormalization, HasADefaultEpsilon) {
  OnnxBuilder onnx = norm_model();
  onnx.node("InstanceNormalization", {"x", "scale", "shift"}, "y");
  expect_computes(onnx.import(),
                  normalized(scattered(120), 15, 1e-5, scale_of_channel, shift_of_channel));
}

// A channel that is one number everywhere becomes its shift, and goes.
TEST(ImportInstanceNormalization, LeavesNothingOfAFilterOfZerosButItsShift) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 1, 3, 5}).output("y");
  onnx.floats("w", {3, 1, 1, 1}, {2, 0, -1});
  onnx.floats("scale", {3}, {1, 2, 3});
  onnx.floats("shift", {3}, {0.5f, 0.25f, -1});
  onnx.counted("u", {2, 3, 1, 1});
  onnx.node("Conv", {"x", "w"}, "c");
  onnx.node("InstanceNormalization", {"c", "scale", "shift"}, "n");
  onnx.node("Conv", {"n", "u"}, "y");
  const Graph graph = onnx.import();
  const Graph compact = convert(graph).compacted.graph;
  EXPECT_EQ(compact.value(compact.nodes[0].outputs[0]).shape, (Shape{kN, 2, 3, 5}));
  expect_computes(compact, computed(graph));
}

TEST(ImportGroupNormalization, NormalisesChannelsTogether) {
  for (const bool is_image : {true, false}) {
    OnnxBuilder onnx = norm_model(is_image);
    onnx.node("GroupNormalization", {"x", "scale", "shift"}, "y").integer("num_groups", 2);
    const Graph graph = onnx.import();
    EXPECT_EQ(output(graph).shape, is_image ? Shape({kN, 4, 3, 5}) : Shape({kN, 4, 15}));
    expect_computes(graph,
                    normalized(scattered(120), 30, 1e-5, scale_of_channel, shift_of_channel));
  }
}

TEST(ImportGroupNormalization, OfOpset18HasScaleAndShiftPerGroup) {
  OnnxBuilder onnx = norm_model();
  onnx.floats("group_scale", {2}, {3, 5});
  onnx.floats("group_shift", {2}, {-1, 7});
  onnx.node("GroupNormalization", {"x", "group_scale", "group_shift"}, "y")
      .integer("num_groups", 2);
  const auto is_second = [](std::size_t i) { return i / 30 % 2 == 1; };
  expect_computes(onnx.import(), normalized(
                                     scattered(120), 30, 1e-5,
                                     [&](std::size_t i) { return is_second(i) ? 5.0 : 3.0; },
                                     [&](std::size_t i) { return is_second(i) ? 7.0 : -1.0; }));
}

// How PyTorch writes a GroupNorm below opset 18.
TEST(ImportGroupNormalization, WrittenAsAnInstanceNormalizationOfGroups) {
  OnnxBuilder onnx = norm_model();
  onnx.integers("groups", {3}, {0, 2, -1});
  onnx.integers("image", {4}, {0, 4, 3, 5});
  onnx.floats("ones", {2}, {1, 1});
  onnx.floats("zeros", {2}, {0, 0});
  onnx.floats("scales", {4, 1, 1}, {1, 2, 3, 4});
  onnx.floats("shifts", {4, 1, 1}, {10, 20, 30, 40});
  onnx.node("Reshape", {"x", "groups"}, "grouped");
  onnx.node("InstanceNormalization", {"grouped", "ones", "zeros"}, "normalized");
  onnx.node("Reshape", {"normalized", "image"}, "back");
  onnx.node("Mul", {"back", "scales"}, "scaled");
  onnx.node("Add", {"scaled", "shifts"}, "y");
  expect_computes(onnx.import(),
                  normalized(scattered(120), 30, 1e-5, scale_of_channel, shift_of_channel));
}

TEST(ImportLayerNormalization, NormalisesTheLastAxes) {
  OnnxBuilder onnx = norm_model();
  onnx.counted("rows", {3, 5});
  onnx.floats("columns", {5}, {5, 4, 3, 2, 1});
  onnx.node("LayerNormalization", {"x", "rows", "columns"}, "y")
      .integer("axis", 2)
      .number("epsilon", 0.5f);
  expect_computes(onnx.import(), normalized(
                                     scattered(120), 15, 0.5,
                                     [](std::size_t i) { return static_cast<double>(i % 15 + 1); },
                                     [](std::size_t i) { return static_cast<double>(5 - i % 5); }));
}

TEST(ImportLayerNormalization, NeedsNoShift) {
  OnnxBuilder onnx = norm_model();
  onnx.counted("columns", {5});
  onnx.node("LayerNormalization", {"x", "columns"}, "y");
  expect_computes(onnx.import(), normalized(
                                     scattered(120), 5, 1e-5,
                                     [](std::size_t i) { return static_cast<double>(i % 5 + 1); },
                                     [](std::size_t) { return 0.0; }));
}

TEST(ImportLayerNormalization, TellsMeansAndReciprocalsOfDeviations) {
  OnnxBuilder onnx = norm_model(false);
  onnx.output("mean").output("reciprocal");
  onnx.floats("ones", {15}, std::vector<float>(15, 1.0f));
  ::onnx::NodeProto& node = onnx.node("LayerNormalization", {"x", "ones"}, "y").proto();
  node.add_output("mean");
  node.add_output("reciprocal");
  const Graph graph = onnx.import();
  EXPECT_EQ(output(graph, 1).shape, (Shape{kN, 4, 1}));
  const std::vector<double> y = computed(graph), mean = computed(graph, 1),
                            reciprocal = computed(graph, 2);
  const std::vector<float> x = scattered(120);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR((x[i] - mean[i / 15]) * reciprocal[i / 15], y[i], 1e-5);
  }
}

// --- Batch norms at the border of what can be divided by ---

TEST(ImportBatchNormalization, DividesByTheVarianceAlone) {
  OnnxBuilder onnx = norm_model();
  onnx.floats("variance", {4}, {4, 0.25f, 1e-12f, 1});
  onnx.floats("zeros", {4}, {0, 0, 0, 0});
  onnx.node("BatchNormalization", {"x", "scale", "shift", "zeros", "variance"}, "y")
      .number("epsilon", 0);
  const std::vector<double> y = computed(onnx.import());
  const std::vector<float> x = scattered(120);
  EXPECT_NEAR(y[7], x[7] / 2.0 + 10.0, 1e-5);
  EXPECT_NEAR(y[15], x[15] / 0.5 * 2.0 + 20.0, 1e-5);
  EXPECT_NEAR(y[30], x[30] / 1e-6 * 3.0 + 30.0, 1.0);
}

TEST(ImportBatchNormalization, TakesAVarianceJustBelowZero) {
  OnnxBuilder onnx = norm_model();
  onnx.floats("variance", {4}, {1, -1e-9f, 1, 1});
  onnx.floats("zeros", {4}, {0, 0, 0, 0});
  onnx.node("BatchNormalization", {"x", "scale", "shift", "zeros", "variance"}, "y")
      .number("epsilon", 1e-3f);
  const double expected = scattered(120)[16] / std::sqrt(1e-3 - 1e-9) * 2.0 + 20.0;
  EXPECT_NEAR(computed(onnx.import())[16], expected, 1e-4);
}

// --- Average pools ---

/// x [N, 1, height, width], and an average pool whose attributes are still to be set.
Graph average(std::int64_t height, std::int64_t width, const Dims& kernel,
              const std::function<void(NodeEditor&)>& set) {
  OnnxBuilder onnx(19);
  onnx.input("x", {-1, 1, height, width}).output("y");
  NodeEditor node = onnx.node("AveragePool", {"x"}, "y").integers("kernel_shape", kernel);
  set(node);
  return onnx.import();
}

struct AverageOf {
  std::int64_t extent, kernel, stride, dilation, begin, end;
  bool counts_padding;
};

/// One row of windows over each of two images, by ONNX's definition, extents rounded up.
std::vector<double> averages(const AverageOf& pool) {
  const std::vector<float> x = scattered(static_cast<std::size_t>(2 * pool.extent));
  const std::int64_t reach = (pool.kernel - 1) * pool.dilation + 1;
  std::vector<double> result;
  for (std::int64_t image = 0; image < 2; ++image) {
    for (std::int64_t first = -pool.begin; first < pool.extent; first += pool.stride) {
      const std::int64_t last_first = pool.extent + pool.end - reach;
      if (first - pool.stride >= last_first) break;
      double sum = 0.0, count = 0.0;
      for (std::int64_t at = first; at < first + reach; at += pool.dilation) {
        const bool is_inside = at >= 0 && at < pool.extent;
        if (is_inside) sum += x[static_cast<std::size_t>(image * pool.extent + at)];
        if (is_inside || (pool.counts_padding && at < pool.extent + pool.end)) ++count;
      }
      result.push_back(sum / count);
    }
  }
  return result;
}

void expect_average(const AverageOf& pool) {
  const Graph graph = average(1, pool.extent, {1, pool.kernel}, [&](NodeEditor& node) {
    node.integers("strides", {1, pool.stride})
        .integers("dilations", {1, pool.dilation})
        .integers("pads", {0, pool.begin, 0, pool.end})
        .integer("count_include_pad", pool.counts_padding ? 1 : 0)
        .integer("ceil_mode", 1);
  });
  expect_computes(graph, averages(pool));
}

TEST(ImportAveragePool, RoundsUpAndCountsPaddingButNotWhatItAdds) {
  expect_average({7, 2, 2, 1, 0, 0, true});
  expect_average({7, 3, 2, 1, 1, 1, true});
  expect_average({8, 3, 2, 1, 1, 0, true});
  expect_average({8, 3, 2, 1, 1, 0, false});
}

TEST(ImportAveragePool, HasGaps) {
  expect_average({9, 2, 1, 2, 0, 0, false});
  expect_average({9, 3, 2, 2, 1, 1, false});
  expect_average({9, 3, 2, 2, 1, 1, true});
  expect_average({10, 3, 3, 2, 1, 0, false});
  expect_average({10, 3, 3, 2, 1, 0, true});
}

TEST(ImportAveragePool, HasGapsInBothDirections) {
  const Graph graph = average(4, 5, {2, 2}, [](NodeEditor& node) {
    node.integers("dilations", {3, 2});
  });
  const std::vector<float> x = scattered(40);
  std::vector<double> expected;
  for (std::size_t image = 0; image < 40; image += 20) {
    for (std::size_t i = image; i < image + 3; ++i) {
      expected.push_back((x[i] + x[i + 2] + x[i + 15] + x[i + 17]) / 4.0);
    }
  }
  EXPECT_EQ(output(graph).shape, (Shape{kN, 1, 1, 3}));
  expect_computes(graph, expected);
}

// --- Products over the last axis ---

/// sum_i x[.., i] w[i, o], for x of two images with `inputs` numbers on the last axis.
std::vector<double> products(std::size_t elements, std::size_t inputs,
                             const std::vector<float>& weight) {
  const std::vector<float> x = scattered(elements);
  const std::size_t outputs = weight.size() / inputs;
  std::vector<double> result;
  for (std::size_t row = 0; row < elements; row += inputs) {
    for (std::size_t o = 0; o < outputs; ++o) {
      double sum = 0.0;
      for (std::size_t i = 0; i < inputs; ++i) sum += x[row + i] * weight[i * outputs + o];
      result.push_back(sum);
    }
  }
  return result;
}

TEST(ImportMatMul, OfAnyRankIsALayerOverTheLastAxis) {
  for (const Dims& dims : {Dims{-1, 3, 4}, Dims{-1, 2, 3, 4}, Dims{-1, 2, 1, 3, 4}}) {
    OnnxBuilder onnx;
    onnx.input("x", dims).output("y");
    onnx.counted("w", {4, 5});
    onnx.node("MatMul", {"x", "w"}, "y");
    const Graph graph = onnx.import();
    std::vector<std::int64_t> expected = dims;
    expected[0] = kN;
    expected.back() = 5;
    EXPECT_EQ(output(graph).shape, Shape(expected));
    Shape images = graph.value(graph.inputs[0]).shape;
    images[0] = 2;
    expect_computes(graph,
                    products(static_cast<std::size_t>(images.elements()), 4, counting({4, 5})));
  }
}

TEST(ImportMatMul, BehindATransposeLeavesNoneBeforeTheLayer) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 4, 3}).output("y");
  onnx.counted("w", {4, 5});
  onnx.node("Transpose", {"x"}, "t").integers("perm", {0, 2, 1});
  onnx.node("MatMul", {"t", "w"}, "y");
  const Graph graph = onnx.import();
  int transposes = 0;
  for (const Node& node : graph.nodes) {
    if (!std::holds_alternative<Transpose>(node.op)) continue;
    ++transposes;
    EXPECT_EQ(node.name, "y_node");
  }
  EXPECT_EQ(transposes, 1);
}

TEST(ImportMatMul, FromTheLeftWorksOnTheLastAxisButOne) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 3}).output("y");
  onnx.floats("w", {1, 2}, {10, 1});
  onnx.node("MatMul", {"w", "x"}, "y");
  const Graph graph = onnx.import();
  EXPECT_EQ(output(graph).shape, (Shape{kN, 1, 3}));
  const std::vector<float> x = scattered(12);
  std::vector<double> expected;
  for (std::size_t i : {0, 1, 2, 6, 7, 8}) expected.push_back(10.0 * x[i] + x[i + 3]);
  expect_computes(graph, expected);
}

// Attention: each image's rows meet the image's own columns.
TEST(ImportMatMul, OfTwoComputedValuesIsOneProductForEachImage) {
  for (const Dims& heads : {Dims{}, Dims{2}, Dims{2, 1}}) {
    const auto with = [&](std::int64_t rows, std::int64_t columns) {
      Dims dims = heads;
      dims.insert(dims.begin(), -1);
      dims.insert(dims.end(), {rows, columns});
      return dims;
    };
    OnnxBuilder onnx;
    onnx.input("x", with(3, 4)).output("y");
    Dims order(heads.size() + 3);
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    onnx.node("Transpose", {"x"}, "t").integers("perm", order);
    onnx.node("MatMul", {"x", "t"}, "y");
    const Graph graph = onnx.import();
    Dims expected_shape = with(3, 3);
    expected_shape[0] = kN;
    EXPECT_EQ(output(graph).shape, Shape(expected_shape));
    const std::size_t count = heads.empty() ? 24 : 48;
    const std::vector<float> x = scattered(count);
    std::vector<double> expected;
    for (std::size_t matrix = 0; matrix < count; matrix += 12) {
      for (std::size_t i = 0; i < 9; ++i) {
        const std::size_t a = matrix + i / 3 * 4, b = matrix + i % 3 * 4;
        double sum = 0.0;
        for (std::size_t k = 0; k < 4; ++k) sum += x[a + k] * x[b + k];
        expected.push_back(sum);
      }
    }
    expect_computes(graph, expected);
  }
}

// --- What is moved, repeated or joined ---

TEST(ImportSpaceToDepth, UndoesDepthToSpace) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 8, 2, 3}).output("y");
  onnx.node("DepthToSpace", {"x"}, "d").integer("blocksize", 2);
  onnx.node("SpaceToDepth", {"d"}, "y").integer("blocksize", 2);
  const Graph graph = onnx.import();
  EXPECT_EQ(output(graph).shape, (Shape{kN, 8, 2, 3}));
  const std::vector<float> x = scattered(96);
  expect_computes(graph, {x.begin(), x.end()});
}

TEST(ImportSpaceToDepth, PutsPlacesBeforeChannels) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 2, 2}).output("y");
  onnx.node("SpaceToDepth", {"x"}, "y").integer("blocksize", 2);
  const std::vector<double> y = computed(onnx.import());
  const std::vector<float> x = scattered(16);
  EXPECT_THAT(std::vector<double>(y.begin(), y.begin() + 4), ElementsAre(x[0], x[4], x[1], x[5]));
}

TEST(ImportExpand, RepeatsAxesOfExtentOne) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 1, 3, 1}).output("y");
  onnx.integers("shape", {3}, {2, 1, 2});
  onnx.node("Expand", {"x", "shape"}, "y");
  const Graph graph = onnx.import();
  EXPECT_EQ(output(graph).shape, (Shape{kN, 2, 3, 2}));
  const std::vector<double> y = computed(graph);
  const std::vector<float> x = scattered(6);
  EXPECT_THAT(std::vector<double>(y.begin(), y.begin() + 8),
              ElementsAre(x[0], x[0], x[1], x[1], x[2], x[2], x[0], x[0]));
}

TEST(ImportTile, RepeatsWholeAxes) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 2}).output("y");
  onnx.integers("repeats", {3}, {1, 2, 2});
  onnx.node("Tile", {"x", "repeats"}, "y");
  const Graph graph = onnx.import();
  EXPECT_EQ(output(graph).shape, (Shape{kN, 4, 4}));
  const std::vector<double> y = computed(graph);
  const std::vector<float> x = scattered(8);
  EXPECT_THAT(std::vector<double>(y.begin() + 4, y.begin() + 12),
              ElementsAre(x[2], x[3], x[2], x[3], x[0], x[1], x[0], x[1]));
}

TEST(ImportConcat, JoinsConstantsToEachImage) {
  for (const std::int64_t axis : {1, 3}) {
    OnnxBuilder onnx;
    onnx.input("x", {-1, 2, 1, 2}).output("y");
    onnx.counted("c", {1, axis == 1 ? 1 : 2, 1, axis == 1 ? 2 : 1});
    onnx.node("Concat", {"c", "x"}, "y").integer("axis", axis);
    const std::vector<double> y = computed(onnx.import());
    const std::vector<float> x = scattered(8);
    const auto second = std::vector<double>(y.begin() + 6, y.end());
    if (axis == 1) {
      EXPECT_THAT(second, ElementsAre(1, 2, x[4], x[5], x[6], x[7]));
    } else {
      EXPECT_THAT(second, ElementsAre(1, x[4], x[5], 2, x[6], x[7]));
    }
  }
}

// A constant stays itself, whatever the image holds.
TEST(ImportConcat, ConstantsKnowNothingOfNotANumber) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 1, 1, 1}).output("y");
  onnx.floats("c", {1, 1, 1, 1}, {3});
  onnx.node("Concat", {"x", "c"}, "y").integer("axis", 1);
  const Graph graph = onnx.import();
  const std::vector<reference::Tensor<double>> inputs = {{Shape{1, 1, 1, 1}, {std::nan("")}}};
  const std::vector<double> y = reference::run<double>(graph, inputs)[0].data;
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], 3.0);
}

TEST(ImportResize, OfOneDimension) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 3}).output("y");
  onnx.floats("scales", {3}, {1, 1, 2});
  onnx.node("Resize", {"x", "", "scales"}, "y")
      .text("coordinate_transformation_mode", "asymmetric")
      .text("nearest_mode", "floor");
  const Graph graph = onnx.import();
  EXPECT_EQ(output(graph).shape, (Shape{kN, 2, 6}));
  const std::vector<double> y = computed(graph);
  const std::vector<float> x = scattered(12);
  EXPECT_THAT(std::vector<double>(y.begin(), y.begin() + 6),
              ElementsAre(x[0], x[0], x[1], x[1], x[2], x[2]));
}

TEST(ImportResize, OfOneDimensionToItsOwnLengthIsNothing) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 3}).output("y");
  onnx.floats("scales", {3}, {1, 1, 1});
  onnx.node("Resize", {"x", "", "scales"}, "h");
  onnx.node("Relu", {"h"}, "y");
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Unary>(graph.nodes[0].op));
}

/// A row of three pixels, twice as long by cubic interpolation of half pixels, coefficient -0.5.
std::vector<double> cubic(bool excludes_outside) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 1, 3}).output("y");
  onnx.floats("scales", {3}, {1, 1, 2});
  onnx.node("Resize", {"x", "", "scales"}, "y")
      .text("mode", "cubic")
      .number("cubic_coeff_a", -0.5f)
      .integer("exclude_outside", excludes_outside ? 1 : 0);
  const Graph graph = onnx.import();
  EXPECT_EQ(output(graph).shape, (Shape{kN, 1, 6}));
  return computed(graph);
}

// The weights of Catmull-Rom splines at 1/4 are -9/128, 111/128, 29/128 and -3/128.
TEST(ImportResize, ByCubicInterpolation) {
  const std::vector<double> y = cubic(false);
  const std::vector<float> x = scattered(6);
  EXPECT_NEAR(y[0], (-3.0 * x[0] + 29.0 * x[0] + 111.0 * x[0] - 9.0 * x[1]) / 128.0, 1e-6);
  EXPECT_NEAR(y[1], (-9.0 * x[0] + 111.0 * x[0] + 29.0 * x[1] - 3.0 * x[2]) / 128.0, 1e-6);
  EXPECT_NEAR(y[2], (-3.0 * x[0] + 29.0 * x[0] + 111.0 * x[1] - 9.0 * x[2]) / 128.0, 1e-6);
  EXPECT_NEAR(y[5], (-9.0 * x[1] + 111.0 * x[2] + 29.0 * x[2] - 3.0 * x[2]) / 128.0, 1e-6);
}

TEST(ImportResize, ByCubicInterpolationOfWhatIsInside) {
  const std::vector<double> y = cubic(true);
  const std::vector<float> x = scattered(6);
  EXPECT_NEAR(y[0], (111.0 * x[0] - 9.0 * x[1]) / 102.0, 1e-6);
  EXPECT_NEAR(y[1], (111.0 * x[0] + 29.0 * x[1] - 3.0 * x[2]) / 137.0, 1e-6);
  EXPECT_NEAR(y[5], (-9.0 * x[1] + 111.0 * x[2]) / 102.0, 1e-6);
}

TEST(ImportClip, GivesTheUpperBoundWhereBoundsCross) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  onnx.node("Clip", {"x"}, "y").number("min", 2).number("max", 1);
  EXPECT_THAT(computed(onnx.import()), ElementsAre(1, 1, 1, 1));
}

// --- ONNX Runtime's own ---

/// x [N, 2, 2, 2] with all that a FusedConv can have.
Graph fused(const std::string& activation, const std::vector<float>& parameters, bool adds) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 2, 2}).output("y");
  onnx.floats("w", {2, 2, 1, 1}, {1, 0, 0, -1});
  onnx.floats("b", {2}, {0.5f, 0});
  NodeEditor node = adds ? onnx.node("FusedConv", {"x", "w", "b", "x"}, "y")
                         : onnx.node("FusedConv", {"x", "w", "b"}, "y");
  node.proto().set_domain("com.microsoft");
  if (activation.empty()) return onnx.import();
  node.text("activation", activation);
  ::onnx::AttributeProto& attribute = node.attribute("activation_params");
  attribute.set_type(::onnx::AttributeProto::FLOATS);
  for (const float parameter : parameters) attribute.add_floats(parameter);
  return onnx.import();
}

/// What comes out, by channel and number.
void expect_fused(const Graph& graph, bool adds, const std::function<double(double)>& activation) {
  std::vector<double> expected;
  const std::vector<float> x = scattered(16);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool is_first = i / 4 % 2 == 0;
    const double convolved = is_first ? x[i] + 0.5 : -x[i];
    expected.push_back(activation(adds ? convolved + x[i] : convolved));
  }
  expect_computes(graph, expected);
}

TEST(ImportFusedConv, IsAConvolutionASumAndAnActivation) {
  const auto relu = [](double x) { return std::max(x, 0.0); };
  const auto leaky = [](double x) { return x < 0.0 ? 0.25 * x : x; };
  const auto clip = [](double x) { return std::min(std::max(x, -0.5), 1.0); };
  const auto hard = [](double x) { return std::min(std::max(0.3 * x + 0.4, 0.0), 1.0); };
  expect_fused(fused("", {}, false), false, [](double x) { return x; });
  expect_fused(fused("Relu", {}, false), false, relu);
  expect_fused(fused("Relu", {}, true), true, relu);
  expect_fused(fused("LeakyRelu", {0.25f}, false), false, leaky);
  expect_fused(fused("Clip", {-0.5f, 1.0f}, true), true, clip);
  expect_fused(fused("HardSigmoid", {0.3f, 0.4f}, false), false, hard);
  expect_fused(fused("Tanh", {}, false), false, [](double x) { return std::tanh(x); });
}

TEST(ImportGelu, OfOnnxRuntime) {
  for (const bool is_quick : {false, true}) {
    OnnxBuilder onnx;
    onnx.input("x", {-1, 3}).output("y");
    onnx.node(is_quick ? "QuickGelu" : "Gelu", {"x"}, "y").proto().set_domain("com.microsoft");
    std::vector<double> expected;
    for (const double x : scattered(6)) {
      expected.push_back(is_quick ? x / (1.0 + std::exp(-1.702 * x))
                                  : x * (1.0 + std::erf(x / std::sqrt(2.0))) / 2.0);
    }
    expect_computes(onnx.import(), expected);
  }
}

}  // namespace
}  // namespace ockham::converters::tests
