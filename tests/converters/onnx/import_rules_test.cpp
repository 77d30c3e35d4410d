// One hand-built model per import rule and per way to write the same thing in ONNX.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "onnx_schema/onnx.pb.h"
#include "tests/cases/expect_error.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr std::int64_t kN = Shape::kBatch;

const Value& output(const Graph& graph) { return graph.value(graph.outputs[0]); }

template <class Op>
const Op& only_op(const Graph& graph) {
  EXPECT_EQ(graph.nodes.size(), 1u);
  return std::get<Op>(graph.nodes[0].op);
}

OnnxBuilder image_model(const Dims& image = {-1, 2, 7, 8}) {
  OnnxBuilder onnx;
  onnx.input("x", image).output("y");
  return onnx;
}

// --- Conv ---

OnnxBuilder conv_model(const Dims& image = {-1, 4, 10, 11}) {
  OnnxBuilder onnx;
  onnx.input("x", image).output("y");
  onnx.counted("w", {6, 2, 3, 2});
  return onnx;
}

TEST(ImportConv, ReadsEveryAttribute) {
  OnnxBuilder onnx = conv_model();
  onnx.counted("b", {6});
  onnx.node("Conv", {"x", "w", "b"}, "y")
      .integers("kernel_shape", {3, 2})
      .integers("strides", {2, 1})
      .integers("pads", {1, 2, 3, 0})
      .integers("dilations", {1, 2})
      .integer("group", 2)
      .text("auto_pad", "NOTSET");

  const Graph graph = onnx.import();

  const Conv2d expected{{{3, 2}, {2, 1}, {1, 2}, {3, 0}, {1, 2}}, 2};
  EXPECT_EQ(only_op<Conv2d>(graph), expected);
  EXPECT_EQ(graph.nodes[0].name, "y_node");
  EXPECT_EQ(output(graph).name, "y");
  EXPECT_EQ(output(graph).shape, (Shape{kN, 6, 6, 11}));
  EXPECT_EQ(elements(graph, "b"), counting({6}));
}

TEST(ImportConv, DefaultsAreOnesAndNoPadding) {
  OnnxBuilder onnx = conv_model({-1, 2, 10, 11});
  onnx.node("Conv", {"x", "w"}, "y");

  EXPECT_EQ(only_op<Conv2d>(onnx.import()), (Conv2d{{.kernel = {3, 2}}, 1}));
}

TEST(ImportConv, AnEmptyNameMeansNoBias) {
  OnnxBuilder onnx = conv_model({-1, 2, 10, 11});
  onnx.node("Conv", {"x", "w", ""}, "y");

  EXPECT_EQ(onnx.import().nodes[0].inputs.size(), 2u);
}

/// Padding [begin, end] on height and width that an auto_pad mode gives for a 3x2 kernel.
Window2d auto_padded(const std::string& mode, const Dims& strides, const Dims& dilations = {1, 1}) {
  OnnxBuilder onnx = conv_model({-1, 2, 10, 11});
  onnx.node("Conv", {"x", "w"}, "y")
      .text("auto_pad", mode)
      .integers("strides", strides)
      .integers("dilations", dilations);
  return only_op<Conv2d>(onnx.import()).window;
}

TEST(ImportConv, SameUpperPutsTheOddElementAtTheEnd) {
  const Window2d window = auto_padded("SAME_UPPER", {1, 1});
  EXPECT_THAT(window.pad_begin, ElementsAre(1, 0));
  EXPECT_THAT(window.pad_end, ElementsAre(1, 1));
}

TEST(ImportConv, SameLowerPutsTheOddElementAtTheBeginning) {
  const Window2d window = auto_padded("SAME_LOWER", {1, 1});
  EXPECT_THAT(window.pad_begin, ElementsAre(1, 1));
  EXPECT_THAT(window.pad_end, ElementsAre(1, 0));
}

TEST(ImportConv, SamePaddingCountsStrideAndDilation) {
  // Height: 4 outputs of stride 3 reach over 3 * 3 + 3 = 12 of 10. Width: 6 of stride 2, dilated
  // kernel of 3 over 5 * 2 + 3 = 13 of 11.
  const Window2d window = auto_padded("SAME_UPPER", {3, 2}, {1, 2});
  EXPECT_THAT(window.pad_begin, ElementsAre(1, 1));
  EXPECT_THAT(window.pad_end, ElementsAre(1, 1));
}

TEST(ImportConv, SamePaddingIsNeverNegative) {
  // Stride 4 over 10: 3 outputs reach over 2 * 4 + 3 = 11; over 11 with kernel 2: 2 * 4 + 2 = 10.
  const Window2d window = auto_padded("SAME_UPPER", {4, 4});
  EXPECT_THAT(window.pad_begin, ElementsAre(0, 0));
  EXPECT_THAT(window.pad_end, ElementsAre(1, 0));
}

TEST(ImportConv, ValidMeansNoPadding) {
  const Window2d window = auto_padded("VALID", {1, 1});
  EXPECT_THAT(window.pad_begin, ElementsAre(0, 0));
  EXPECT_THAT(window.pad_end, ElementsAre(0, 0));
}

// --- Gemm and MatMul ---

OnnxBuilder linear_model(const Dims& weight) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 3}).output("y");
  onnx.counted("w", weight);
  return onnx;
}

TEST(ImportGemm, TransposedWeightIsTakenAsItStands) {
  OnnxBuilder onnx = linear_model({2, 3});
  onnx.counted("b", {2});
  onnx.node("Gemm", {"x", "w", "b"}, "y").integer("transB", 1);

  const Graph graph = onnx.import();

  only_op<Linear>(graph);
  EXPECT_EQ(output(graph).shape, (Shape{kN, 2}));
  EXPECT_THAT(elements(graph, "w"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(elements(graph, "b"), ElementsAre(1, 2));
}

TEST(ImportGemm, OtherWeightIsTransposed) {
  OnnxBuilder onnx = linear_model({3, 2});
  onnx.node("Gemm", {"x", "w"}, "y");

  EXPECT_THAT(elements(onnx.import(), "w"), ElementsAre(1, 3, 5, 2, 4, 6));
}

TEST(ImportGemm, AlphaAndBetaScaleWeightAndBias) {
  OnnxBuilder onnx = linear_model({2, 3});
  onnx.counted("b", {2});
  onnx.node("Gemm", {"x", "w", "b"}, "y")
      .integer("transB", 1)
      .number("alpha", 2)
      .number("beta", -3);

  const Graph graph = onnx.import();

  EXPECT_THAT(elements(graph, "w"), ElementsAre(2, 4, 6, 8, 10, 12));
  EXPECT_THAT(elements(graph, "b"), ElementsAre(-3, -6));
}

TEST(ImportGemm, BiasMayBeARowOrASingleNumber) {
  for (const Dims& dims : {Dims{1, 2}, Dims{2}}) {
    OnnxBuilder onnx = linear_model({2, 3});
    onnx.counted("b", dims);
    onnx.node("Gemm", {"x", "w", "b"}, "y").integer("transB", 1);
    EXPECT_THAT(elements(onnx.import(), "b"), ElementsAre(1, 2));
  }
  for (const Dims& dims : {Dims{}, Dims{1}, Dims{1, 1}}) {
    OnnxBuilder onnx = linear_model({2, 3});
    onnx.counted("b", dims);
    onnx.node("Gemm", {"x", "w", "b"}, "y").integer("transB", 1);
    EXPECT_THAT(elements(onnx.import(), "b"), ElementsAre(1, 1));
  }
}

TEST(ImportGemm, AnAddendThatTheNetworkComputesIsASum) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).input("c", {-1, 3}).output("y");
  onnx.counted("w", {3, 2});
  onnx.node("Gemm", {"x", "w", "c"}, "y").integer("transB", 1);
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[0].inputs.size(), 2u);
  EXPECT_EQ(graph.nodes[1].op, Operator(Binary{BinaryKind::kAdd}));
  EXPECT_EQ(graph.nodes[1].inputs[1], graph.inputs[1]);
  EXPECT_EQ(graph.nodes[1].name, "y_node");
}

TEST(ImportGemm, OneWeightUsedBothWaysGivesTwoConstants) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  onnx.counted("w", {2, 2});
  onnx.node("Gemm", {"x", "w"}, "h");
  onnx.node("Gemm", {"h", "w"}, "y").integer("transB", 1);

  const Graph graph = onnx.import();

  EXPECT_THAT(elements(graph, "w"), ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(elements(graph, "w_2"), ElementsAre(1, 2, 3, 4));
}

TEST(ImportMatMul, BecomesALinearLayerWithTheAddBehindItAsBias) {
  for (const Dims& dims : {Dims{2}, Dims{1, 2}}) {
    for (const bool bias_first : {false, true}) {
      OnnxBuilder onnx = linear_model({3, 2});
      onnx.counted("b", dims);
      onnx.node("MatMul", {"x", "w"}, "h");
      if (bias_first) {
        onnx.node("Add", {"b", "h"}, "y");
      } else {
        onnx.node("Add", {"h", "b"}, "y");
      }

      const Graph graph = onnx.import();

      only_op<Linear>(graph);
      EXPECT_EQ(graph.nodes[0].name, "h_node");
      EXPECT_EQ(output(graph).name, "y");
      EXPECT_EQ(graph.find_value("h"), -1);
      EXPECT_THAT(elements(graph, "w"), ElementsAre(1, 3, 5, 2, 4, 6));
      EXPECT_THAT(elements(graph, "b"), ElementsAre(1, 2));
    }
  }
}

TEST(ImportMatMul, WhatIsReadBeforeTheBiasStays) {
  OnnxBuilder onnx = linear_model({3, 2});
  onnx.counted("b", {2});
  onnx.output("h");
  onnx.node("MatMul", {"x", "w"}, "h");
  onnx.node("Add", {"h", "b"}, "y");

  const Graph graph = onnx.import();

  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[0].inputs.size(), 2u);
  EXPECT_EQ(graph.nodes[1].inputs.size(), 3u);
  EXPECT_EQ(graph.nodes[1].name, "y_node");
}

// --- Add ---

TEST(ImportAdd, OfTwoActivations) {
  OnnxBuilder onnx;
  onnx.input("a", {-1, 2, 3}).input("b", {-1, 2, 3}).output("y");
  onnx.node("Add", {"a", "b"}, "y");

  EXPECT_EQ(only_op<Binary>(onnx.import()).kind, BinaryKind::kAdd);
}

TEST(ImportAdd, OfAConstantPerChannelBehindAConvIsItsBias) {
  for (const Dims& dims : {Dims{6, 1, 1}, Dims{1, 6, 1, 1}}) {
    OnnxBuilder onnx = conv_model({-1, 2, 10, 11});
    onnx.counted("b", dims);
    onnx.node("Conv", {"x", "w"}, "h");
    onnx.node("Add", {"h", "b"}, "y");

    const Graph graph = onnx.import();

    only_op<Conv2d>(graph);
    EXPECT_EQ(graph.value(graph.find_value("b")).shape, (Shape{6}));
    EXPECT_EQ(elements(graph, "b"), counting({6}));
  }
}

TEST(ImportAdd, ConstantsAddUpInTheBias) {
  OnnxBuilder onnx = linear_model({3, 2});
  onnx.floats("half", {}, {0.5f});
  onnx.counted("b", {2});
  onnx.node("Gemm", {"x", "w", "b"}, "h");
  onnx.node("Add", {"h", "half"}, "i");
  onnx.node("Add", {"i", "b"}, "y");

  const Graph graph = onnx.import();

  only_op<Linear>(graph);
  EXPECT_EQ(graph.nodes[0].name, "h_node");
  const auto bias = graph.value(graph.nodes[0].inputs[2]).constant.floats;
  EXPECT_THAT(bias, ElementsAre(2.5f, 4.5f));
  EXPECT_EQ(graph.values.size(), 4u) << "x, w, the bias and y";
}

// --- BatchNormalization, Relu ---

OnnxBuilder batch_norm_model(std::int64_t opset = 17) {
  OnnxBuilder onnx(opset);
  onnx.input("x", {-1, 2, 3, 3}).output("y");
  for (const char* name : {"scale", "shift", "mean", "variance"}) onnx.counted(name, {2});
  return onnx;
}

TEST(ImportBatchNormalization, ReadsItsAttributes) {
  OnnxBuilder onnx = batch_norm_model();
  onnx.node("BatchNormalization", {"x", "scale", "shift", "mean", "variance"}, "y")
      .number("epsilon", 0.5f)
      .number("momentum", 0.25f)
      .integer("training_mode", 0);

  EXPECT_EQ(only_op<BatchNorm>(onnx.import()), (BatchNorm{0.5f, 0.25f}));
}

TEST(ImportBatchNormalization, HasOnnxsDefaultsAndOldFormsToo) {
  OnnxBuilder onnx = batch_norm_model(7);
  onnx.node("BatchNormalization", {"x", "scale", "shift", "mean", "variance"}, "y")
      .integer("spatial", 1);

  EXPECT_EQ(only_op<BatchNorm>(onnx.import()), (BatchNorm{1e-5f, 0.9f}));
}

// Before opset 14 nothing but the number of outputs said that a batch norm was training.
TEST(ImportBatchNormalization, SeveralOutputsOfOldVersionsAreTraining) {
  for (const std::int64_t opset : {7, 9, 13}) {
    OnnxBuilder onnx = batch_norm_model(opset);
    ::onnx::NodeProto& node =
        onnx.node("BatchNormalization", {"x", "scale", "shift", "mean", "variance"}, "y").proto();
    for (const char* output : {"", "", "saved_mean", ""}) node.add_output(output);
    ockham::tests::expect_error(Status::kUnsupported,
                                {"(BatchNormalization)", "4 outputs", "training"},
                                [&] { onnx.import(); });
    node.clear_output();
    for (const char* output : {"y", "", "", "", ""}) node.add_output(output);
    EXPECT_NO_THROW(onnx.import());
  }
  OnnxBuilder onnx = batch_norm_model(14);
  onnx.node("BatchNormalization", {"x", "scale", "shift", "mean", "variance"}, "y")
      .proto()
      .add_output("unread");
  EXPECT_NO_THROW(onnx.import());
}

// --- functions of one value ---

/// A model with one node between x [N, 2] and y.
OnnxBuilder function_model(std::int64_t opset = 17) {
  OnnxBuilder onnx(opset);
  onnx.input("x", {-1, 2}).output("y");
  return onnx;
}

TEST(ImportUnary, OfFunctionsWithoutAttributes) {
  const std::pair<const char*, UnaryKind> functions[] = {
      {"Relu", UnaryKind::kRelu},         {"Sigmoid", UnaryKind::kSigmoid},
      {"Tanh", UnaryKind::kTanh},         {"HardSwish", UnaryKind::kHardSwish},
      {"Softplus", UnaryKind::kSoftplus}, {"Exp", UnaryKind::kExp},
      {"Sqrt", UnaryKind::kSqrt},         {"Erf", UnaryKind::kErf},
      {"Abs", UnaryKind::kAbs},           {"Neg", UnaryKind::kNeg},
      {"Floor", UnaryKind::kFloor},       {"Ceil", UnaryKind::kCeil},
      {"Round", UnaryKind::kRound},       {"Sign", UnaryKind::kSign},
      {"Log", UnaryKind::kLog},           {"Reciprocal", UnaryKind::kReciprocal},
      {"Sin", UnaryKind::kSin},           {"Cos", UnaryKind::kCos},
      {"Tan", UnaryKind::kTan},           {"Asin", UnaryKind::kAsin},
      {"Acos", UnaryKind::kAcos},         {"Atan", UnaryKind::kAtan},
      {"Sinh", UnaryKind::kSinh},         {"Cosh", UnaryKind::kCosh},
      {"Asinh", UnaryKind::kAsinh},       {"Acosh", UnaryKind::kAcosh},
      {"Atanh", UnaryKind::kAtanh},       {"Mish", UnaryKind::kMish},
      {"Softsign", UnaryKind::kSoftsign}};
  for (const auto& [name, kind] : functions) {
    for (const std::int64_t opset : {7, 23}) {
      OnnxBuilder onnx = function_model(opset);
      onnx.node(name, {"x"}, "y");
      EXPECT_EQ(only_op<Unary>(onnx.import()), Unary{kind}) << name;
    }
  }
}

TEST(ImportUnary, ReadsAttributesAndKnowsOnnxsDefaults) {
  struct Function {
    const char* name;
    Unary by_default, given;
  };
  for (const Function& function :
       {Function{"LeakyRelu", {UnaryKind::kLeakyRelu, 0.01f}, {UnaryKind::kLeakyRelu, 0.5f}},
        Function{"Elu", {UnaryKind::kElu, 1.0f}, {UnaryKind::kElu, 0.5f}},
        Function{"Celu", {UnaryKind::kCelu, 1.0f}, {UnaryKind::kCelu, 0.5f}},
        Function{"ThresholdedRelu",
                 {UnaryKind::kThresholdedRelu, 1.0f},
                 {UnaryKind::kThresholdedRelu, 0.5f}},
        Function{"HardSigmoid",
                 {UnaryKind::kHardSigmoid, 0.2f, 0.5f},
                 {UnaryKind::kHardSigmoid, 0.5f, 0.25f}}}) {
    OnnxBuilder plain = function_model();
    plain.node(function.name, {"x"}, "y");
    EXPECT_EQ(only_op<Unary>(plain.import()), function.by_default) << function.name;
    OnnxBuilder onnx = function_model();
    NodeEditor node = onnx.node(function.name, {"x"}, "y").number("alpha", 0.5f);
    if (function.given.beta != 0.0f) node.number("beta", 0.25f);
    EXPECT_EQ(only_op<Unary>(onnx.import()), function.given) << function.name;
  }
}

TEST(ImportUnary, SeluAndShrinkNameTheirParametersOtherwise) {
  OnnxBuilder selu = function_model();
  selu.node("Selu", {"x"}, "y");
  EXPECT_EQ(only_op<Unary>(selu.import()), (Unary{UnaryKind::kSelu, 1.6732632f, 1.0507010f}));
  OnnxBuilder given = function_model();
  given.node("Selu", {"x"}, "y").number("alpha", 2).number("gamma", 3);
  EXPECT_EQ(only_op<Unary>(given.import()), (Unary{UnaryKind::kSelu, 2.0f, 3.0f}));
  OnnxBuilder shrink = function_model();
  shrink.node("Shrink", {"x"}, "y");
  EXPECT_EQ(only_op<Unary>(shrink.import()), (Unary{UnaryKind::kShrink, 0.5f, 0.0f}));
  OnnxBuilder biased = function_model();
  biased.node("Shrink", {"x"}, "y").number("lambd", 1.5f).number("bias", 0.25f);
  EXPECT_EQ(only_op<Unary>(biased.import()), (Unary{UnaryKind::kShrink, 1.5f, 0.25f}));
}

TEST(ImportUnary, ClipHasItsBoundsAsAttributesInOldModels) {
  OnnxBuilder onnx = function_model(7);
  onnx.node("Clip", {"x"}, "y").number("min", 0).number("max", 6);
  EXPECT_EQ(only_op<Unary>(onnx.import()), (Unary{UnaryKind::kClip, 0.0f, 6.0f}));
}

TEST(ImportUnary, ClipHasItsBoundsAsInputsInNewModels) {
  constexpr float kMost = std::numeric_limits<float>::max();
  const auto clipped = [](std::initializer_list<std::string> inputs) {
    OnnxBuilder onnx = function_model(13);
    onnx.floats("low", {}, {-1.5f});
    onnx.floats("high", {1}, {2.0f});
    onnx.node("Clip", inputs, "y");
    return only_op<Unary>(onnx.import());
  };
  EXPECT_EQ(clipped({"x", "low", "high"}), (Unary{UnaryKind::kClip, -1.5f, 2.0f}));
  EXPECT_EQ(clipped({"x", "low"}), (Unary{UnaryKind::kClip, -1.5f, kMost}));
  EXPECT_EQ(clipped({"x", "", "high"}), (Unary{UnaryKind::kClip, -kMost, 2.0f}));
  EXPECT_EQ(clipped({"x"}), (Unary{UnaryKind::kClip, -kMost, kMost}));
}

TEST(ImportUnary, ClipToInfinityHasOneBoundOrNone) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto clipped = [](float least, float most) {
    OnnxBuilder onnx = function_model(7);
    onnx.node("Clip", {"x"}, "c").number("min", least).number("max", most);
    onnx.node("Neg", {"c"}, "y");
    return onnx.import();
  };
  const auto kind_of = [](const Graph& graph) { return std::get<Unary>(graph.node(0).op).kind; };
  EXPECT_EQ(kind_of(clipped(0.0f, kInfinity)), UnaryKind::kRelu);
  EXPECT_EQ(kind_of(clipped(-kInfinity, kInfinity)), UnaryKind::kNeg);
  const auto expect_binary = [](const Graph& graph, BinaryKind kind, float bound) {
    EXPECT_EQ(std::get<Binary>(graph.node(0).op).kind, kind);
    EXPECT_THAT(graph.value(graph.node(0).inputs[1]).constant.floats, ElementsAre(bound));
  };
  expect_binary(clipped(-kInfinity, 0.5f), BinaryKind::kMin, 0.5f);
  expect_binary(clipped(-1.5f, kInfinity), BinaryKind::kMax, -1.5f);
  ockham::tests::expect_error(Status::kInvalidModel, {"(Clip)", "minus infinity"},
                              [&] { clipped(0.0f, -kInfinity); });
}

TEST(ImportUnary, GeluIsExactUnlessTanhIsAskedFor) {
  OnnxBuilder plain = function_model(20);
  plain.node("Gelu", {"x"}, "y");
  EXPECT_EQ(only_op<Unary>(plain.import()), Unary{UnaryKind::kGelu});
  for (const auto& [text, kind] : {std::pair{"none", UnaryKind::kGelu},  //
                                   std::pair{"tanh", UnaryKind::kTanhGelu}}) {
    OnnxBuilder onnx = function_model(20);
    onnx.node("Gelu", {"x"}, "y").text("approximate", text);
    EXPECT_EQ(only_op<Unary>(onnx.import()), Unary{kind});
  }
}

// --- functions of two values ---

/// x [N, 2, 3, 4] and another value of these dims, or a constant of them, in this order.
Graph combined(const char* op_type, const Dims& dims, bool constant, bool first = false) {
  OnnxBuilder onnx = image_model({-1, 2, 3, 4});
  if (constant) {
    onnx.counted("other", dims);
  } else {
    onnx.input("other", dims);
  }
  if (first) {
    onnx.node(op_type, {"other", "x"}, "y");
  } else {
    onnx.node(op_type, {"x", "other"}, "y");
  }
  return onnx.import();
}

TEST(ImportBinary, PowOfAWholeNumber) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 3, 4}).output("y");
  onnx.integers("two", {}, {2});
  onnx.node("Pow", {"x", "two"}, "y");
  const Graph graph = onnx.import();
  EXPECT_EQ(only_op<Binary>(graph).kind, BinaryKind::kPow);
  EXPECT_EQ(elements(graph, graph.value(graph.nodes[0].inputs[1]).name), std::vector<float>{2.0f});
}

TEST(ImportBinary, OfEveryKind) {
  const std::pair<const char*, BinaryKind> functions[] = {
      {"Add", BinaryKind::kAdd}, {"Sub", BinaryKind::kSub}, {"Mul", BinaryKind::kMul},
      {"Div", BinaryKind::kDiv}, {"Max", BinaryKind::kMax}, {"Min", BinaryKind::kMin},
      {"Pow", BinaryKind::kPow}, {"Sum", BinaryKind::kAdd}, {"PRelu", BinaryKind::kPRelu}};
  for (const auto& [name, kind] : functions) {
    for (const bool first : {false, true}) {
      const Graph graph = combined(name, {-1, 2, 3, 4}, false, first);
      EXPECT_EQ(only_op<Binary>(graph).kind, kind) << name;
      const char* left = first ? "other" : "x";
      EXPECT_EQ(graph.value(graph.nodes[0].inputs[0]).name, left) << name;
    }
  }
}

TEST(ImportBinary, RepeatsValuesOfExtentOne) {
  for (const Dims& dims : {Dims{-1, 2, 1, 1}, Dims{-1, 1, 3, 4}, Dims{-1, 1, 1, 4}}) {
    EXPECT_EQ(output(combined("Mul", dims, false)).shape, (Shape{kN, 2, 3, 4}));
  }
}

TEST(ImportBinary, ConstantsLoseTheBatchAndGainMissingAxes) {
  const std::pair<Dims, Shape> forms[] = {{{}, {1, 1, 1}},        {{1}, {1, 1, 1}},
                                          {{4}, {1, 1, 4}},       {{2, 1, 1}, {2, 1, 1}},
                                          {{3, 1}, {1, 3, 1}},    {{1, 2, 1, 1}, {2, 1, 1}},
                                          {{2, 3, 4}, {2, 3, 4}}, {{1, 1, 1, 1}, {1, 1, 1}}};
  for (const auto& [dims, shape] : forms) {
    for (const bool first : {false, true}) {
      const Graph graph = combined("Sub", dims, true, first);
      const Value& number = graph.value(graph.nodes[0].inputs[first ? 0 : 1]);
      EXPECT_EQ(number.name, "other");
      EXPECT_EQ(number.shape, shape);
      EXPECT_EQ(elements(graph, "other"), counting(dims));
    }
  }
}

TEST(ImportBinary, AnAddThatNoBiasCanTakeStays) {
  OnnxBuilder onnx = conv_model({-1, 2, 4, 3});
  onnx.counted("pixels", {6, 2, 2});
  onnx.node("Conv", {"x", "w"}, "h");
  onnx.node("Add", {"h", "pixels"}, "y");

  const Graph graph = onnx.import();

  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(std::get<Binary>(graph.nodes[1].op).kind, BinaryKind::kAdd);
  only_op<Binary>(combined("Add", {2, 1, 1}, true));  // there is no layer
}

TEST(ImportBinary, SeveralInputsBecomeAChain) {
  OnnxBuilder onnx;
  onnx.input("a", {-1, 2}).input("b", {-1, 2}).output("y");
  onnx.floats("number", {}, {0.5f});
  onnx.node("Max", {"number", "a", "b", "a"}, "y");

  const Graph graph = onnx.import();

  ASSERT_EQ(graph.nodes.size(), 3u);
  const ValueId a = graph.find_value("a"), b = graph.find_value("b");
  EXPECT_THAT(graph.nodes[0].inputs, ElementsAre(a, graph.find_value("number")));
  EXPECT_THAT(graph.nodes[1].inputs, ElementsAre(graph.nodes[0].outputs[0], b));
  EXPECT_THAT(graph.nodes[2].inputs, ElementsAre(graph.nodes[1].outputs[0], a));
  for (const Node& node : graph.nodes) {
    EXPECT_EQ(std::get<Binary>(node.op).kind, BinaryKind::kMax);
  }
  EXPECT_EQ(graph.nodes[2].name, "y_node");
  EXPECT_EQ(output(graph).name, "y");
}

TEST(ImportBinary, ASumOfOneIsNothing) {
  OnnxBuilder onnx = function_model();
  onnx.node("Sum", {"x"}, "h");
  onnx.node("Relu", {"h"}, "y");
  only_op<Unary>(onnx.import());
}

// --- Concat, Split, Slice, Softmax, Cast ---

TEST(ImportConcat, CountsItsAxisFromEitherEnd) {
  for (const std::int64_t axis : {1, -3}) {
    OnnxBuilder onnx = image_model({-1, 2, 3, 4});
    onnx.input("more", {-1, 5, 3, 4});
    onnx.node("Concat", {"x", "more", "x"}, "y").integer("axis", axis);
    const Graph graph = onnx.import();
    EXPECT_EQ(only_op<Concat>(graph), Concat{1});
    EXPECT_EQ(output(graph).shape, (Shape{kN, 9, 3, 4}));
  }
}

/// The indices of the Gathers that parts of x [N, 5, 3, 4] become: outputs y, z.
std::vector<Dims> parts_of(OnnxBuilder& onnx) {
  std::vector<Dims> parts;
  const Graph graph = onnx.import();
  for (const Node& node : graph.nodes) parts.push_back(std::get<Gather>(node.op).indices);
  return parts;
}

TEST(ImportSplit, BecomesAGatherForEachPart) {
  for (const bool old : {true, false}) {
    OnnxBuilder onnx(old ? 11 : 13);
    onnx.input("x", {-1, 5, 3, 4}).output("y").output("z");
    onnx.integers("sizes", {2}, {2, 3});
    NodeEditor node = old ? onnx.node("Split", {"x"}, "y").integers("split", {2, 3})
                          : onnx.node("Split", {"x", "sizes"}, "y");
    node.integer("axis", 1).proto().add_output("z");
    EXPECT_THAT(parts_of(onnx), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3, 4)));
    EXPECT_EQ(onnx.import().nodes[1].name, "y_node_2");
  }
}

TEST(ImportSplit, MakesTheLastPartSmallerWhenNoSizesAreGiven) {
  OnnxBuilder onnx(18);
  onnx.input("x", {-1, 5, 3, 4}).output("y").output("z");
  onnx.node("Split", {"x"}, "y")
      .integer("axis", -3)
      .integer("num_outputs", 2)
      .proto()
      .add_output("z");
  EXPECT_THAT(parts_of(onnx), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4)));
}

TEST(ImportSplit, APartThatHasNoNameIsLeftOut) {
  OnnxBuilder onnx(13);
  onnx.input("x", {-1, 4, 3, 4}).output("y");
  onnx.node("Split", {"x"}, "y").integer("axis", 1).proto().add_output("");
  EXPECT_THAT(parts_of(onnx), ElementsAre(ElementsAre(0, 1)));
}

/// The channels that Slice picks from x [N, 5, 3, 4], as opset 13 writes it.
Dims sliced(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t axis = 1) {
  OnnxBuilder onnx(13);
  onnx.input("x", {-1, 5, 3, 4}).output("y");
  onnx.integers("start", {1}, {start});
  onnx.integers("end", {1}, {end});
  onnx.integers("axis", {1}, {axis});
  onnx.integers("step", {1}, {step});
  onnx.node("Slice", {"x", "start", "end", "axis", "step"}, "y");
  return only_op<Gather>(onnx.import()).indices;
}

TEST(ImportSlice, OfChannelsBecomesAGather) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  EXPECT_THAT(sliced(1, 3, 1), ElementsAre(1, 2));
  EXPECT_THAT(sliced(-2, kMost, 1, -3), ElementsAre(3, 4));
  EXPECT_THAT(sliced(0, -1, 2), ElementsAre(0, 2));
  EXPECT_THAT(sliced(0, 5, kMost), ElementsAre(0));
  EXPECT_THAT(sliced(-1, kLeast, -2), ElementsAre(4, 2, 0));
  EXPECT_THAT(sliced(9, 1, -1), ElementsAre(4, 3, 2));
  EXPECT_THAT(sliced(kLeast, 2, 1), ElementsAre(0, 1));
}

TEST(ImportSlice, HadAttributesInOldModels) {
  OnnxBuilder onnx(9);
  onnx.input("x", {-1, 5, 3, 4}).output("y");
  onnx.node("Slice", {"x"}, "y")
      .integers("axes", {0, 1, 2})
      .integers("starts", {0, 2, 0})
      .integers("ends", {std::numeric_limits<std::int64_t>::max(), 4, 3});
  EXPECT_THAT(only_op<Gather>(onnx.import()).indices, ElementsAre(2, 3));
}

TEST(ImportSlice, OfEverythingIsNothing) {
  OnnxBuilder onnx = image_model();
  onnx.node("Slice", {"x"}, "h")
      .integers("starts", {0})
      .integers("ends", {2})
      .integers("axes", {1});
  onnx.node("Relu", {"h"}, "y");
  only_op<Unary>(onnx.import());
}

TEST(ImportSoftmax, KnowsTheDefaultsOfOldAndNew) {
  for (const std::int64_t opset : {7, 13}) {
    OnnxBuilder onnx(opset);
    onnx.input("x", {-1, 6}).output("y");
    onnx.node("Softmax", {"x"}, "y");
    EXPECT_EQ(only_op<Softmax>(onnx.import()), Softmax{1});
  }
  OnnxBuilder last(13);
  last.input("x", {-1, 2, 3, 4}).output("y");
  last.node("Softmax", {"x"}, "y");
  EXPECT_EQ(only_op<Softmax>(last.import()), Softmax{3});
  OnnxBuilder pixels(11);
  pixels.input("x", {-1, 6, 1, 1}).output("y");
  pixels.node("Softmax", {"x"}, "y").integer("axis", 1);
  EXPECT_EQ(only_op<Softmax>(pixels.import()), Softmax{1});
}

TEST(ImportSoftmax, HasTwoSiblings) {
  for (const auto& [name, kind] : {std::pair{"LogSoftmax", SoftmaxKind::kLogSoftmax},
                                   std::pair{"Hardmax", SoftmaxKind::kHardmax}}) {
    OnnxBuilder onnx = image_model();
    onnx.node(name, {"x"}, "y").integer("axis", 1);
    EXPECT_EQ(only_op<Softmax>(onnx.import()), (Softmax{1, kind}));
  }
}

TEST(ImportSoftmax, OfOldModelsMakesOneAxisOfAllFromTheFirstOn) {
  for (const std::int64_t axis : {1, 2}) {
    OnnxBuilder onnx(11);
    onnx.input("x", {-1, 2, 3, 4}).output("y");
    onnx.node("LogSoftmax", {"x"}, "y").integer("axis", axis);
    const Graph graph = onnx.import();
    ASSERT_EQ(graph.nodes.size(), 3u);
    const Softmax expected{axis, SoftmaxKind::kLogSoftmax};
    EXPECT_EQ(std::get<Softmax>(graph.nodes[1].op), expected);
    EXPECT_EQ(graph.value(graph.nodes[1].outputs[0]).shape,
              axis == 1 ? (Shape{kN, 24}) : (Shape{kN, 2, 12}));
    EXPECT_EQ(output(graph).shape, (Shape{kN, 2, 3, 4}));
    EXPECT_EQ(graph.nodes[2].name, "y_node");
  }
}

TEST(ImportCast, ToFloatIsNothing) {
  OnnxBuilder onnx = function_model();
  onnx.node("Cast", {"x"}, "h").integer("to", ::onnx::TensorProto::FLOAT);
  onnx.node("Relu", {"h"}, "y");
  only_op<Unary>(onnx.import());
}

// --- pools ---

TEST(ImportMaxPool, ReadsItsWindow) {
  OnnxBuilder onnx = image_model();
  onnx.node("MaxPool", {"x"}, "y")
      .integers("kernel_shape", {3, 2})
      .integers("strides", {2, 3})
      .integers("pads", {1, 0, 2, 1})
      .integer("storage_order", 0)
      .integers("dilations", {1, 1});

  const Pool2d expected{PoolKind::kMax, {{3, 2}, {2, 3}, {1, 0}, {2, 1}, {1, 1}}};
  EXPECT_EQ(only_op<Pool2d>(onnx.import()), expected);
}

TEST(ImportMaxPool, AnIndexOutputThatNobodyReadsIsIgnored) {
  OnnxBuilder onnx = image_model();
  onnx.node("MaxPool", {"x"}, "y").integers("kernel_shape", {2, 2}).proto().add_output("indices");

  only_op<Pool2d>(onnx.import());
}

TEST(ImportAveragePool, CountsPaddingWhenAsked) {
  for (const bool counted : {false, true}) {
    OnnxBuilder onnx = image_model();
    onnx.node("AveragePool", {"x"}, "y")
        .integers("kernel_shape", {3, 3})
        .integers("pads", {1, 1, 1, 1})
        .integer("count_include_pad", counted);

    const Pool2d pool = only_op<Pool2d>(onnx.import());
    EXPECT_EQ(pool.kind, PoolKind::kAverage);
    EXPECT_EQ(pool.count_include_pad, counted);
  }
}

TEST(ImportAveragePool, CeilModeThatChangesNothingIsTaken) {
  OnnxBuilder onnx = image_model({-1, 2, 8, 6});
  onnx.node("AveragePool", {"x"}, "y")
      .integers("kernel_shape", {2, 2})
      .integers("strides", {2, 2})
      .integer("ceil_mode", 1);

  EXPECT_EQ(output(onnx.import()).shape, (Shape{kN, 2, 4, 3}));
}

TEST(ImportAveragePool, AutoPad) {
  OnnxBuilder onnx = image_model();
  onnx.node("AveragePool", {"x"}, "y")
      .integers("kernel_shape", {2, 2})
      .integers("strides", {2, 2})
      .text("auto_pad", "SAME_UPPER");

  const Graph graph = onnx.import();
  EXPECT_EQ(output(graph).shape, (Shape{kN, 2, 4, 4}));
  EXPECT_THAT(only_op<Pool2d>(graph).window.pad_end, ElementsAre(1, 0));
}

TEST(ImportGlobalAveragePool, IsAPoolOverTheWholeImage) {
  OnnxBuilder onnx = image_model();
  onnx.node("GlobalAveragePool", {"x"}, "y");

  const Graph graph = onnx.import();
  EXPECT_EQ(only_op<Pool2d>(graph), (Pool2d{PoolKind::kAverage, {.kernel = {7, 8}}}));
  EXPECT_EQ(output(graph).shape, (Shape{kN, 2, 1, 1}));
}

TEST(ImportGlobalMaxPool, IsAPoolOverTheWholeImage) {
  OnnxBuilder onnx = image_model();
  onnx.node("GlobalMaxPool", {"x"}, "y");
  EXPECT_EQ(only_op<Pool2d>(onnx.import()), (Pool2d{PoolKind::kMax, {.kernel = {7, 8}}}));
}

TEST(ImportReduceMean, OverHeightAndWidthIsAGlobalAveragePool) {
  const Pool2d pool{PoolKind::kAverage, {.kernel = {7, 8}}};
  for (const Dims& axes : {Dims{2, 3}, Dims{-1, -2}}) {
    OnnxBuilder old = image_model();
    old.node("ReduceMean", {"x"}, "y").integers("axes", axes);
    EXPECT_EQ(only_op<Pool2d>(old.import()), pool);
  }
  OnnxBuilder onnx(18);
  onnx.input("x", {-1, 2, 7, 8}).output("y");
  onnx.integers("axes", {2}, {2, 3});
  onnx.node("ReduceMean", {"x", "axes"}, "y").integer("keepdims", 0);

  const Graph graph = onnx.import();

  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(std::get<Pool2d>(graph.nodes[0].op), pool);
  EXPECT_EQ(std::get<Flatten>(graph.nodes[1].op), Flatten{});
  EXPECT_EQ(output(graph).shape, (Shape{kN, 2}));
}

TEST(ImportReduce, OfEachKind) {
  const std::pair<const char*, ReduceKind> kinds[] = {
      {"ReduceMin", ReduceKind::kMin},   {"ReduceSum", ReduceKind::kSum},
      {"ReduceProd", ReduceKind::kProd}, {"ReduceL1", ReduceKind::kL1},
      {"ReduceL2", ReduceKind::kL2},     {"ReduceLogSum", ReduceKind::kLogSum},
      {"ReduceMean", ReduceKind::kMean}, {"ReduceLogSumExp", ReduceKind::kLogSumExp},
      {"ReduceMax", ReduceKind::kMax},   {"ReduceSumSquare", ReduceKind::kSumSquare}};
  for (const auto& [name, kind] : kinds) {
    OnnxBuilder onnx(11);
    onnx.input("x", {-1, 2, 7, 8}).output("y");
    onnx.node(name, {"x"}, "y").integers("axes", {-1, 1});
    const Graph graph = onnx.import();
    EXPECT_EQ(only_op<Reduce>(graph), (Reduce{kind, {1, 3}})) << name;
    EXPECT_EQ(output(graph).shape, (Shape{kN, 1, 7, 1}));
  }
}

TEST(ImportReduce, MaximumOverHeightAndWidthIsAGlobalMaxPool) {
  OnnxBuilder onnx = image_model();
  onnx.node("ReduceMax", {"x"}, "y").integers("axes", {3, 2});
  EXPECT_EQ(only_op<Pool2d>(onnx.import()), (Pool2d{PoolKind::kMax, {.kernel = {7, 8}}}));
}

TEST(ImportReduce, LeavesAxesOutWhenAsked) {
  OnnxBuilder onnx(13);
  onnx.input("x", {-1, 2, 7, 8}).output("y");
  onnx.integers("axes", {1}, {1});
  onnx.node("ReduceSum", {"x", "axes"}, "y").integer("keepdims", 0);
  const Graph graph = onnx.import();
  EXPECT_EQ(only_op<Reduce>(graph), (Reduce{ReduceKind::kSum, {1}, false}));
  EXPECT_EQ(output(graph).shape, (Shape{kN, 7, 8}));
}

TEST(ImportReduce, OfNoAxesIsNothingWhenAskedFor) {
  OnnxBuilder onnx(18);
  onnx.input("x", {-1, 2, 7, 8}).output("y");
  onnx.integers("axes", {0}, {});
  onnx.node("ReduceL2", {"x", "axes"}, "h").integer("noop_with_empty_axes", 1);
  onnx.node("Relu", {"h"}, "y");
  only_op<Unary>(onnx.import());
}

// --- Flatten and Reshape ---

TEST(ImportFlatten, AxisOneFromEitherEnd) {
  for (const std::int64_t axis : {1, -3}) {
    OnnxBuilder onnx = image_model();
    onnx.node("Flatten", {"x"}, "y").integer("axis", axis);
    EXPECT_EQ(output(onnx.import()).shape, (Shape{kN, 112}));
  }
}

Graph reshaped(const Dims& image, const Dims& target) {
  OnnxBuilder onnx = image_model(image);
  onnx.integers("shape", {static_cast<std::int64_t>(target.size())}, target);
  onnx.node("Reshape", {"x", "shape"}, "y");
  return onnx.import();
}

TEST(ImportReshape, EveryWayToWriteAFlatten) {
  for (const Dims& target : {Dims{0, -1}, Dims{-1, 112}, Dims{0, 112}}) {
    const Graph graph = reshaped({-1, 2, 7, 8}, target);
    only_op<Flatten>(graph);
    EXPECT_EQ(output(graph).shape, (Shape{kN, 112}));
  }
  for (const Dims& target : {Dims{1, -1}, Dims{1, 112}})
    only_op<Flatten>(reshaped({1, 2, 7, 8}, target));
  only_op<Flatten>(reshaped({5, 2, 7, 8}, {5, 112}));
}

TEST(ImportReshape, LeavesTheChannelsOpen) {
  const std::pair<Dims, Dims> forms[] = {
      {{0, 4, 4, 7}, {4, 7}}, {{-1, 4, 4, 7}, {4, 7}}, {{0, 0, -1}, {56}}, {{0, -1, 1, 1}, {1, 1}}};
  for (const auto& [target, inner] : forms) {
    const Graph graph = reshaped({-1, 2, 7, 8}, target);
    EXPECT_EQ(only_op<Reshape>(graph).inner, inner);
    EXPECT_EQ(output(graph).shape.elements(), 112);
  }
}

TEST(ImportSqueeze, DropsAxesOfExtentOne) {
  for (const bool old : {true, false}) {
    OnnxBuilder onnx(old ? 11 : 13);
    onnx.input("x", {-1, 6, 1, 1}).output("y");
    onnx.integers("axes", {2}, {-1, 2});
    if (old) {
      onnx.node("Squeeze", {"x"}, "y").integers("axes", {2, 3});
    } else {
      onnx.node("Squeeze", {"x", "axes"}, "y");
    }
    const Graph graph = onnx.import();
    only_op<Flatten>(graph);
    EXPECT_EQ(output(graph).shape, (Shape{kN, 6}));
  }
}

TEST(ImportUnsqueeze, AddsAxesOfExtentOne) {
  for (const bool old : {true, false}) {
    OnnxBuilder onnx(old ? 11 : 13);
    onnx.input("x", {-1, 6}).output("y");
    onnx.integers("axes", {2}, {-1, 2});
    if (old) {
      onnx.node("Unsqueeze", {"x"}, "y").integers("axes", {3, 2});
    } else {
      onnx.node("Unsqueeze", {"x", "axes"}, "y");
    }
    const Graph graph = onnx.import();
    EXPECT_EQ(only_op<Reshape>(graph), (Reshape{{1, 1}}));
    EXPECT_EQ(output(graph).shape, (Shape{kN, 6, 1, 1}));
  }
}

TEST(ImportReshape, OfAConstantHappensAtImport) {
  OnnxBuilder onnx = linear_model({2, 1, 3});
  onnx.integers("shape", {2}, {0, -1});
  onnx.node("Reshape", {"w", "shape"}, "matrix");
  onnx.node("Gemm", {"x", "matrix"}, "y").integer("transB", 1);

  const Graph graph = onnx.import();

  only_op<Linear>(graph);
  EXPECT_THAT(elements(graph, "matrix"), ElementsAre(1, 2, 3, 4, 5, 6));
}

// --- Gather ---

Graph gathered(std::int64_t axis, const Dims& indices) {
  OnnxBuilder onnx = image_model({-1, 4, 7, 8});
  onnx.integers("indices", {static_cast<std::int64_t>(indices.size())}, indices);
  onnx.node("Gather", {"x", "indices"}, "y").integer("axis", axis);
  return onnx.import();
}

TEST(ImportGather, OfChannelsFromEitherEnd) {
  for (const std::int64_t axis : {1, -3}) {
    const Graph graph = gathered(axis, {2, 0, -1, -4});
    EXPECT_EQ(only_op<Gather>(graph), (Gather{{2, 0, 3, 0}}));
    EXPECT_EQ(output(graph).shape, (Shape{kN, 4, 7, 8}));
  }
}

TEST(ImportGather, IndicesMayBeInt32) {
  OnnxBuilder onnx = image_model({-1, 4, 7, 8});
  ::onnx::TensorProto& tensor = onnx.integers("indices", {2}, {});
  tensor.clear_raw_data();
  tensor.set_data_type(::onnx::TensorProto::INT32);
  tensor.add_int32_data(3);
  tensor.add_int32_data(-3);
  onnx.node("Gather", {"x", "indices"}, "y").integer("axis", 1);
  EXPECT_EQ(only_op<Gather>(onnx.import()), (Gather{{3, 1}}));
}

// --- Identity, Dropout, Constant ---

TEST(ImportIdentity, IsDroppedAndTheOutputKeepsItsName) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  onnx.node("Identity", {"x"}, "same");
  onnx.node("Relu", {"same"}, "h");
  onnx.node("Identity", {"h"}, "y");

  const Graph graph = onnx.import();

  only_op<Unary>(graph);
  EXPECT_EQ(output(graph).name, "y");
  EXPECT_EQ(graph.values.size(), 2u);
}

TEST(ImportIdentity, OfAConstantSharesIt) {
  OnnxBuilder onnx = linear_model({3, 3});
  onnx.node("Identity", {"w"}, "again");
  onnx.node("Gemm", {"x", "w"}, "h").integer("transB", 1);
  onnx.node("Gemm", {"h", "again"}, "y").integer("transB", 1);

  const Graph graph = onnx.import();
  EXPECT_EQ(graph.nodes[0].inputs[1], graph.nodes[1].inputs[1]);
}

TEST(ImportDropout, IsDroppedInBothForms) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  onnx.floats("ratio", {}, {0.5f});
  ::onnx::TensorProto& training = onnx.floats("training", {}, {});
  training.set_data_type(::onnx::TensorProto::BOOL);
  training.set_raw_data(std::string(1, '\0'));
  onnx.node("Dropout", {"x"}, "a").number("ratio", 0.25f);
  onnx.node("Dropout", {"a", "ratio", "training"}, "b");
  onnx.node("Relu", {"b"}, "y");

  only_op<Unary>(onnx.import());
}

TEST(ImportConstant, TensorsAndLists) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 2}).output("y");
  onnx.node("Constant", {}, "shape").integers("value_ints", {0, -1});
  ::onnx::AttributeProto& value = onnx.node("Constant", {}, "w").attribute("value");
  value.set_type(::onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(::onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : {1, 4}) value.mutable_t()->add_dims(dim);
  for (const float element : {4.0f, 3.0f, 2.0f, 1.0f}) value.mutable_t()->add_float_data(element);
  onnx.node("Constant", {}, "one").attribute("value_float").set_f(1.5f);
  onnx.model.mutable_graph()->mutable_node(2)->mutable_attribute(0)->set_type(
      ::onnx::AttributeProto::FLOAT);
  onnx.node("Reshape", {"x", "shape"}, "flat");
  onnx.node("Gemm", {"flat", "w", "one"}, "y").integer("transB", 1);

  const Graph graph = onnx.import();

  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_THAT(elements(graph, "w"), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(elements(graph, "one"), ElementsAre(1.5f));
}

// --- the model around the nodes ---

OnnxBuilder relu_model(const Dims& dims = {-1, 2}) {
  OnnxBuilder onnx;
  onnx.input("x", dims).output("y");
  onnx.node("Relu", {"x"}, "y");
  return onnx;
}

TEST(ImportModel, AFixedBatchBecomesSymbolic) {
  for (const std::int64_t batch : {1, 7}) {
    EXPECT_EQ(output(relu_model({batch, 2}).import()).shape, (Shape{kN, 2}));
  }
}

TEST(ImportModel, EveryOpsetAndIrVersionInRange) {
  for (std::int64_t opset = 7; opset <= 25; ++opset) {
    OnnxBuilder onnx = relu_model();
    onnx.model.mutable_opset_import(0)->set_version(opset);
    EXPECT_EQ(onnx.import().nodes.size(), 1u) << "opset " << opset;
  }
  for (std::int64_t ir = 3; ir <= 14; ++ir) {
    OnnxBuilder onnx = relu_model();
    onnx.model.set_ir_version(ir);
    EXPECT_EQ(onnx.import().nodes.size(), 1u) << "IR " << ir;
  }
}

TEST(ImportModel, OtherDomainsMayBeListedAndTheDefaultOneSpelledOut) {
  OnnxBuilder onnx = relu_model();
  onnx.model.mutable_opset_import(0)->set_domain("ai.onnx");
  auto& other = *onnx.model.add_opset_import();
  other.set_domain("com.example");
  other.set_version(99);
  onnx.model.mutable_graph()->mutable_node(0)->set_domain("ai.onnx");

  EXPECT_EQ(onnx.import().nodes.size(), 1u);
}

TEST(ImportModel, InitializersMayBeListedAsInputs) {
  OnnxBuilder onnx = linear_model({2, 3});
  onnx.model.set_ir_version(3);
  onnx.input("w", {2, 3});
  onnx.node("Gemm", {"x", "w"}, "y").integer("transB", 1);

  const Graph graph = onnx.import();
  ASSERT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "x");
}

TEST(ImportModel, FieldsOfNewerSchemasAreSkipped) {
  OnnxBuilder onnx = relu_model();
  // Field 3000 of the model and of its node, a varint each.
  const std::string unknown = {'\xc0', '\xbb', '\x01', '\x05'};
  onnx.model.mutable_graph()->mutable_node(0)->mutable_unknown_fields()->append(unknown);

  const Graph graph = import_onnx_bytes(onnx.bytes() + unknown).graph;
  EXPECT_EQ(graph.nodes.size(), 1u);
}

TEST(ImportModel, NodesWithoutNamesAreCalledAfterTheirOutputs) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  onnx.node("Relu", {"x"}, "a").proto().set_name("");
  onnx.node("Relu", {"a"}, "b").proto().set_name("a");
  onnx.node("Relu", {"b"}, "c").proto().set_name("a");
  onnx.node("Relu", {"c"}, "y").proto().set_name("y");

  const Graph graph = onnx.import();

  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  EXPECT_THAT(names, ElementsAre("a_3", "a", "a_2", "y"));
}

TEST(ImportModel, TypedAndRawDataGiveTheSame) {
  OnnxBuilder raw = linear_model({2, 3});
  raw.node("Gemm", {"x", "w"}, "y").integer("transB", 1);
  OnnxBuilder typed = raw;
  ::onnx::TensorProto& tensor = *typed.model.mutable_graph()->mutable_initializer(0);
  tensor.clear_raw_data();
  for (const float element : counting({2, 3})) tensor.add_float_data(element);

  EXPECT_EQ(elements(raw.import(), "w"), elements(typed.import(), "w"));
}

TEST(ImportModel, UnusedInitializersOfAnyTypeDoNotMatter) {
  OnnxBuilder onnx = relu_model();
  onnx.floats("idle", {1}, {1.0f}).set_data_type(::onnx::TensorProto::DOUBLE);

  EXPECT_EQ(onnx.import().values.size(), 2u);
}

}  // namespace
}  // namespace ockham::converters::tests
