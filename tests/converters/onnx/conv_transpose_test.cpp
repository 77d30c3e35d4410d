// ConvTranspose, which becomes a convolution and DepthToSpace, against a naive transposed
// convolution.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "onnx_schema/onnx.pb.h"
#include "runtime/reference/reference.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ::testing::Pointwise;

/// A ConvTranspose as ONNX describes it. Order of pairs: height, width.
struct Problem {
  std::int64_t in[2], kernel[2];
  std::int64_t stride[2] = {1, 1}, dilation[2] = {1, 1};
  std::int64_t pad_begin[2] = {0, 0}, pad_end[2] = {0, 0}, output_padding[2] = {0, 0};
  std::int64_t groups = 1, inputs = 1, outputs = 1;  ///< channels per group
  bool has_bias = false;
  std::string auto_pad = "NOTSET";
  std::vector<std::int64_t> output_shape;  ///< empty: from the pads

  std::int64_t reach(int axis) const { return (kernel[axis] - 1) * dilation[axis] + 1; }
};

constexpr std::int64_t kBatch = 2;

/// Padding at the beginning of an axis, and the output's extent.
struct Placed {
  std::int64_t pad, out;
};

/// From the formulas of ONNX's documentation.
Placed placed(const Problem& p, int axis) {
  const std::int64_t whole =
      p.stride[axis] * (p.in[axis] - 1) + p.output_padding[axis] + p.reach(axis);
  const bool same = p.auto_pad == "SAME_UPPER" || p.auto_pad == "SAME_LOWER";
  if (p.auto_pad == "VALID" && p.output_shape.empty()) return {0, whole};
  if (!same && p.output_shape.empty()) {
    return {p.pad_begin[axis], whole - p.pad_begin[axis] - p.pad_end[axis]};
  }
  const std::int64_t out = p.output_shape.empty() ? p.in[axis] * p.stride[axis]
                                                  : p.output_shape[static_cast<std::size_t>(axis)];
  const std::int64_t total = std::max<std::int64_t>(whole - out, 0);
  return {p.auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2, out};
}

Dims weight_dims(const Problem& p) {
  return {p.groups * p.inputs, p.outputs, p.kernel[0], p.kernel[1]};
}

std::vector<float> random_numbers(std::int64_t count, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> numbers(static_cast<std::size_t>(count));
  for (float& number : numbers) number = normal(random);
  return numbers;
}

struct Numbers {
  std::vector<float> x, weight, bias;
};

Numbers random_numbers(const Problem& p, std::mt19937& random) {
  const std::int64_t channels = p.groups * p.inputs;
  return {random_numbers(kBatch * channels * p.in[0] * p.in[1], random),
          random_numbers(channels * p.outputs * p.kernel[0] * p.kernel[1], random),
          random_numbers(p.groups * p.outputs, random)};
}

/// Each pixel of the input, through each tap, onto the pixel of the output that it reaches.
std::vector<double> naive(const Problem& p, const Numbers& numbers) {
  const Placed rows = placed(p, 0), columns = placed(p, 1);
  const std::int64_t filters = p.groups * p.outputs;
  std::vector<double> y(static_cast<std::size_t>(kBatch * filters * rows.out * columns.out), 0.0);
  const auto at = [&](std::int64_t n, std::int64_t o, std::int64_t row,
                      std::int64_t column) -> double& {
    return y[static_cast<std::size_t>(((n * filters + o) * rows.out + row) * columns.out + column)];
  };
  const float* x = numbers.x.data();
  for (std::int64_t n = 0; n < kBatch; ++n) {
    for (std::int64_t c = 0; c < p.groups * p.inputs; ++c) {
      for (std::int64_t h = 0; h < p.in[0]; ++h) {
        for (std::int64_t w = 0; w < p.in[1]; ++w, ++x) {
          const float* weight = numbers.weight.data() + c * p.outputs * p.kernel[0] * p.kernel[1];
          for (std::int64_t o = 0; o < p.outputs; ++o) {
            for (std::int64_t i = 0; i < p.kernel[0]; ++i) {
              for (std::int64_t j = 0; j < p.kernel[1]; ++j, ++weight) {
                const std::int64_t row = h * p.stride[0] + i * p.dilation[0] - rows.pad;
                const std::int64_t column = w * p.stride[1] + j * p.dilation[1] - columns.pad;
                if (row < 0 || row >= rows.out || column < 0 || column >= columns.out) continue;
                at(n, c / p.inputs * p.outputs + o, row, column) +=
                    static_cast<double>(*x) * static_cast<double>(*weight);
              }
            }
          }
        }
      }
    }
  }
  if (!p.has_bias) return y;
  for (std::int64_t n = 0; n < kBatch; ++n) {
    for (std::int64_t o = 0; o < filters; ++o) {
      for (std::int64_t row = 0; row < rows.out; ++row) {
        for (std::int64_t column = 0; column < columns.out; ++column) {
          at(n, o, row, column) += static_cast<double>(numbers.bias[static_cast<std::size_t>(o)]);
        }
      }
    }
  }
  return y;
}

Graph imported(const Problem& p, const Numbers& numbers) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, p.groups * p.inputs, p.in[0], p.in[1]}).output("y");
  onnx.floats("w", weight_dims(p), numbers.weight);
  if (p.has_bias) onnx.floats("b", {p.groups * p.outputs}, numbers.bias);
  NodeEditor node = p.has_bias ? onnx.node("ConvTranspose", {"x", "w", "b"}, "y")
                               : onnx.node("ConvTranspose", {"x", "w"}, "y");
  node.integers("kernel_shape", {p.kernel[0], p.kernel[1]})
      .integers("strides", {p.stride[0], p.stride[1]})
      .integers("dilations", {p.dilation[0], p.dilation[1]})
      .integers("output_padding", {p.output_padding[0], p.output_padding[1]})
      .integer("group", p.groups);
  if (p.auto_pad == "NOTSET") {
    node.integers("pads", {p.pad_begin[0], p.pad_begin[1], p.pad_end[0], p.pad_end[1]});
  } else {
    node.text("auto_pad", p.auto_pad);
  }
  if (!p.output_shape.empty()) node.integers("output_shape", p.output_shape);
  return onnx.import();
}

void expect_same(const Problem& p, std::mt19937& random) {
  const Numbers numbers = random_numbers(p, random);
  const Graph graph = imported(p, numbers);
  const Shape expected = {Shape::kBatch, p.groups * p.outputs, placed(p, 0).out, placed(p, 1).out};
  ASSERT_EQ(graph.value(graph.outputs[0]).shape, expected);
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "y");
  const Shape shape = {kBatch, p.groups * p.inputs, p.in[0], p.in[1]};
  const std::vector<reference::Tensor<double>> inputs = {
      {shape, {numbers.x.begin(), numbers.x.end()}}};
  EXPECT_THAT(reference::run<double>(graph, inputs)[0].data,
              Pointwise(testing::DoubleNear(1e-10), naive(p, numbers)));
}

/// Whether any output is left.
bool is_possible(const Problem& p) { return placed(p, 0).out >= 1 && placed(p, 1).out >= 1; }

std::ostream& operator<<(std::ostream& out, const Problem& p) {
  const auto pair = [&](const char* name, const std::int64_t(&numbers)[2]) {
    out << name << " " << numbers[0] << "x" << numbers[1] << " ";
  };
  pair("in", p.in);
  pair("kernel", p.kernel);
  pair("stride", p.stride);
  pair("dilation", p.dilation);
  pair("pad_begin", p.pad_begin);
  pair("pad_end", p.pad_end);
  pair("output_padding", p.output_padding);
  out << "groups " << p.groups << " of " << p.inputs << " to " << p.outputs << " " << p.auto_pad;
  for (const std::int64_t extent : p.output_shape) out << " " << extent;
  return out;
}

Problem random_problem(std::mt19937& random) {
  const auto pick = [&](std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
  };
  Problem p{.in = {pick(1, 4), pick(1, 5)}, .kernel = {pick(1, 4), pick(1, 4)}};
  for (int axis = 0; axis < 2; ++axis) {
    p.stride[axis] = pick(1, 4);
    p.dilation[axis] = pick(1, 3);
    p.pad_begin[axis] = pick(0, 5);
    p.pad_end[axis] = pick(0, 3);
    p.output_padding[axis] = pick(0, 3);
  }
  p.groups = pick(1, 3);
  p.inputs = pick(1, 2);
  p.outputs = pick(1, 3);
  p.has_bias = pick(0, 1) == 1;
  const char* modes[] = {"NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
  p.auto_pad = modes[pick(0, 4)];
  if (pick(0, 3) == 0) p.output_shape = {pick(1, 12), pick(1, 12)};
  return p;
}

TEST(ConvTranspose, GivesWhatANaiveOneDoes) {
  std::mt19937 random(1);
  int tried = 0;
  while (tried < 2000) {
    const Problem p = random_problem(random);
    if (!is_possible(p)) continue;
    ++tried;
    ASSERT_NO_FATAL_FAILURE(expect_same(p, random)) << p;
    ASSERT_FALSE(HasFailure()) << p;
  }
}

std::vector<std::string> operators(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.emplace_back(operator_name(node.op));
  return names;
}

TEST(ConvTranspose, OfStrideTwoIsAConvolutionAndDepthToSpace) {
  std::mt19937 random(1);
  const Problem p{.in = {5, 6}, .kernel = {2, 2}, .stride = {2, 2}, .inputs = 3, .outputs = 4};
  const Graph graph = imported(p, random_numbers(p, random));
  ASSERT_EQ(graph.nodes.size(), 2u);
  const Conv2d& conv = std::get<Conv2d>(graph.nodes[0].op);
  EXPECT_EQ(conv, (Conv2d{{.kernel = {1, 1}}, 1})) << "a tap for each pixel of the block, no zeros";
  EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).shape, (Shape{16, 3, 1, 1}));
  EXPECT_EQ(std::get<DepthToSpace>(graph.nodes[1].op), (DepthToSpace{{2, 2}}));
}

TEST(ConvTranspose, OfStrideOneIsAConvolutionWithTheKernelReversed) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 1, 5, 6}).output("y");
  onnx.counted("w", {1, 1, 2, 3});
  onnx.node("ConvTranspose", {"x", "w"}, "y");
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(graph.nodes[0].name, "y_node");
  EXPECT_EQ(std::get<Conv2d>(graph.nodes[0].op),
            (Conv2d{{.kernel = {2, 3}, .pad_begin = {1, 2}, .pad_end = {1, 2}}, 1}));
  EXPECT_THAT(elements(graph, graph.value(graph.nodes[0].inputs[1]).name),
              testing::ElementsAre(6, 5, 4, 3, 2, 1));
}

TEST(ConvTranspose, CutsOffWhatTheLastBlockHasTooMuch) {
  std::mt19937 random(1);
  const Problem p{
      .in = {5, 6}, .kernel = {3, 3}, .stride = {2, 2}, .pad_begin = {1, 1}, .pad_end = {1, 1}};
  const Graph graph = imported(p, random_numbers(p, random));  // 9 x 11 pixels of 10 x 12
  EXPECT_THAT(operators(graph),
              testing::ElementsAre("conv2d", "depth_to_space", "spatial_gather", "spatial_gather"));
}

TEST(ConvTranspose, MayNameBatchAndChannelsInItsOutputShape) {
  std::mt19937 random(1);
  Problem p{.in = {3, 3}, .kernel = {3, 3}, .stride = {2, 2}};
  p.output_shape = {kBatch, 1, 6, 5};
  const Graph graph = imported(p, random_numbers(p, random));
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, (Shape{Shape::kBatch, 1, 6, 5}));
}

}  // namespace
}  // namespace ockham::converters::tests
