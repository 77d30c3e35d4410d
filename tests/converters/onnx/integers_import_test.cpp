// Whole numbers in ONNX models: indices that networks hand out, inputs in bytes, quantisation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converters/onnx/onnx.h"
#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ockham::tests::expect_error;
using ::onnx::TensorProto;
using ::testing::ElementsAre;

constexpr std::int64_t kN = Shape::kBatch;

OnnxBuilder model(const Dims& image = {-1, 4, 3, 3}, std::int64_t opset = 17) {
  OnnxBuilder onnx(opset);
  onnx.input("x", image).output("y");
  return onnx;
}

const Value& output(const Graph& graph, std::size_t i = 0) { return graph.value(graph.outputs[i]); }

template <class Op>
const Op& op_of(const Graph& graph, std::size_t node) {
  return std::get<Op>(graph.nodes.at(node).op);
}

void expect_unsupported(const OnnxBuilder& onnx, std::initializer_list<std::string> parts) {
  expect_error(Status::kUnsupported, parts, [&] { onnx.import(); });
}

// --- ArgMax, ArgMin, TopK ---

TEST(ImportArgMax, ReadsItsAttributes) {
  OnnxBuilder onnx = model();
  onnx.node("ArgMin", {"x"}, "y")
      .integer("axis", -3)
      .integer("keepdims", 0)
      .integer("select_last_index", 1);
  const Graph graph = onnx.import();
  EXPECT_EQ(op_of<ArgExtreme>(graph, 0), (ArgExtreme{ArgKind::kMin, 1, false, true}));
  EXPECT_EQ(output(graph).shape, (Shape{kN, 3, 3}));
  EXPECT_EQ(output(graph).type, ElementType::kInt64);
}

TEST(ImportArgMax, IsAnOutputThroughCastsToWholeNumbers) {
  OnnxBuilder onnx = model();
  onnx.node("ArgMax", {"x"}, "h").integer("axis", 1);
  onnx.node("Cast", {"h"}, "y").integer("to", TensorProto::INT32);
  const Graph graph = onnx.import();
  EXPECT_EQ(op_of<ArgExtreme>(graph, 0), ArgExtreme{});
  EXPECT_EQ(output(graph).name, "y");
  EXPECT_EQ(output(graph).type, ElementType::kInt64);
}

TEST(ImportArgMax, IsExportedWithItsType) {
  OnnxBuilder onnx = model();
  onnx.node("ArgMax", {"x"}, "y").integer("axis", 1);
  ::onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(export_onnx_bytes({onnx.import(), {}})));
  EXPECT_EQ(proto.graph().output(0).type().tensor_type().elem_type(), TensorProto::INT64);
}

TEST(ImportArgMax, OfTheBatchOrBeforeArithmeticIsRefused) {
  OnnxBuilder batch = model();
  batch.node("ArgMax", {"x"}, "y");
  expect_unsupported(batch, {"(ArgMax)", "axis 0"});
  OnnxBuilder floats = model();
  floats.node("ArgMax", {"x"}, "h").integer("axis", 1);
  floats.node("Cast", {"h"}, "y").integer("to", TensorProto::FLOAT);
  expect_unsupported(floats, {"(Cast)", "for indices"});
  OnnxBuilder read = model();
  read.node("ArgMax", {"x"}, "h").integer("axis", 1);
  read.node("Relu", {"h"}, "y");
  expect_unsupported(read, {"(Relu)", "int64", "output of the network"});
}

TEST(ImportTopK, GivesANodeForEachOutputThatIsRead) {
  OnnxBuilder both = model({-1, 7});
  both.output("places");
  both.integers("k", {1}, {3});
  both.node("TopK", {"x", "k"}, "y").integer("largest", 0).proto().add_output("places");
  const Graph graph = both.import();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(op_of<TopK>(graph, 0), (TopK{1, 3, false, TopKOutput::kValues}));
  EXPECT_EQ(op_of<TopK>(graph, 1), (TopK{1, 3, false, TopKOutput::kIndices}));
  EXPECT_EQ(output(graph, 0).type, ElementType::kFloat32);
  EXPECT_EQ(output(graph, 1).type, ElementType::kInt64);
  EXPECT_EQ(output(graph, 1).shape, (Shape{kN, 3}));

  OnnxBuilder indices(9);
  indices.input("x", {-1, 7}).output("y");
  indices.node("TopK", {"x"}, "values").integer("k", 2).proto().add_output("y");
  const Graph one = indices.import();
  ASSERT_EQ(one.nodes.size(), 1u);
  EXPECT_EQ(op_of<TopK>(one, 0), (TopK{1, 2, true, TopKOutput::kIndices}));
}

// --- inputs of whole numbers ---

OnnxBuilder bytes_model(const Dims& image = {-1, 4, 3, 3}) {
  OnnxBuilder onnx = model(image);
  onnx.model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->set_elem_type(TensorProto::UINT8);
  return onnx;
}

TEST(ImportBytes, BehindACastAreFloats) {
  OnnxBuilder onnx = bytes_model();
  onnx.node("Cast", {"x"}, "h").integer("to", TensorProto::FLOAT);
  onnx.node("Relu", {"h"}, "y");
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(op_of<Unary>(graph, 0), Unary{UnaryKind::kRelu});
  EXPECT_EQ(graph.value(graph.inputs[0]).type, ElementType::kFloat32);
}

TEST(ImportBytes, MayBeMovedBeforeTheCast) {
  OnnxBuilder onnx = bytes_model({-1, 3, 3, 4});
  onnx.node("Transpose", {"x"}, "t").integers("perm", {0, 3, 1, 2});
  onnx.node("Cast", {"t"}, "wide").integer("to", TensorProto::INT32);
  onnx.node("Cast", {"wide"}, "y").integer("to", TensorProto::FLOAT);
  const Graph graph = onnx.import();
  EXPECT_EQ(op_of<Transpose>(graph, 0), (Transpose{{0, 3, 1, 2}}));
  EXPECT_EQ(output(graph).shape, (Shape{kN, 4, 3, 3}));
}

TEST(ImportBytes, AreNoFloatsByThemselves) {
  OnnxBuilder read = bytes_model();
  read.node("Relu", {"x"}, "y");
  expect_unsupported(read, {"(Relu)", "input 0 ('x') has elements of uint8", "behind a Cast"});
  OnnxBuilder handed_out = bytes_model();
  handed_out.node("Identity", {"x"}, "y");
  expect_unsupported(handed_out, {"output 'y' has elements of uint8", "supported: float"});
  OnnxBuilder narrow = bytes_model();
  narrow.node("Cast", {"x"}, "h").integer("to", TensorProto::INT8);
  narrow.node("Cast", {"h"}, "y").integer("to", TensorProto::FLOAT);
  expect_unsupported(narrow, {"(Cast)", "'to' is 3 for uint8"});
}

TEST(ImportBytes, AreScaledByADequantizeLinear) {
  OnnxBuilder onnx = bytes_model();
  onnx.floats("scale", {}, {0.5f});
  onnx.node("DequantizeLinear", {"x", "scale"}, "y");
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(op_of<Binary>(graph, 0), Binary{BinaryKind::kSub});
  EXPECT_EQ(op_of<Binary>(graph, 1), Binary{BinaryKind::kMul});
}

TEST(ImportBytes, AreScaledBehindABatchOnly) {
  OnnxBuilder onnx = bytes_model({-1});
  onnx.floats("scale", {}, {0.5f});
  onnx.node("DequantizeLinear", {"x", "scale"}, "y");
  expect_unsupported(onnx, {"(DequantizeLinear)", "has shape [N]", "behind the batch"});
}

// --- quantisation ---

/// x quantised to int8 or uint8 as h, with a scale of 0.5 (or one for each of 4 channels).
OnnxBuilder quantised(std::int32_t element, bool per_channel = false) {
  OnnxBuilder onnx = model();
  const std::size_t count = per_channel ? 4 : 1;
  const Dims dims = per_channel ? Dims{4} : Dims{};
  onnx.floats("scale", dims, std::vector<float>(count, 0.5f));
  TensorProto& zero = *onnx.model.mutable_graph()->add_initializer();
  zero.set_name("zero");
  zero.set_data_type(element);
  for (const std::int64_t dim : dims) zero.add_dims(dim);
  zero.set_raw_data(std::string(count, '\3'));
  onnx.node("QuantizeLinear", {"x", "scale", "zero"}, "h");
  return onnx;
}

TEST(ImportQuantizeLinear, WithItsInverseIsFakeQuantisation) {
  for (const auto& [element, type] : {std::pair{TensorProto::UINT8, QuantizedType::kUint8},
                                      std::pair{TensorProto::INT8, QuantizedType::kInt8}}) {
    for (const bool per_channel : {false, true}) {
      OnnxBuilder onnx = quantised(element, per_channel);
      onnx.node("DequantizeLinear", {"h", "scale", "zero"}, "y");
      const Graph graph = onnx.import();
      ASSERT_EQ(graph.nodes.size(), 1u);
      EXPECT_EQ(op_of<FakeQuantize>(graph, 0), (FakeQuantize{type, 1}));
      const std::size_t count = per_channel ? 4 : 1;
      EXPECT_EQ(elements(graph, "scale"), std::vector<float>(count, 0.5f));
      EXPECT_EQ(elements(graph, "zero"), std::vector<float>(count, 3.0f));
    }
  }
}

TEST(ImportQuantizeLinear, HasZeroAsZeroPointAndUint8ByDefault) {
  OnnxBuilder onnx = model();
  onnx.floats("scale", {}, {0.5f});
  onnx.node("QuantizeLinear", {"x", "scale"}, "h");
  onnx.node("DequantizeLinear", {"h", "scale"}, "y");
  const Graph graph = onnx.import();
  EXPECT_EQ(op_of<FakeQuantize>(graph, 0), FakeQuantize{});
  EXPECT_EQ(elements(graph, "h_node.zero_point"), std::vector<float>{0.0f});
}

TEST(ImportQuantizeLinear, MayBeMovedBeforeItsInverse) {
  OnnxBuilder onnx = quantised(TensorProto::INT8);
  onnx.node("Flatten", {"h"}, "flat");
  onnx.node("DequantizeLinear", {"flat", "scale", "zero"}, "y");
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(output(graph).shape, (Shape{kN, 36}));
}

TEST(ImportQuantizeLinear, WithoutItsInverseIsRefusedWithAdvice) {
  OnnxBuilder read = quantised(TensorProto::UINT8);
  read.node("Relu", {"h"}, "y");
  expect_unsupported(read, {"(Relu)", "is quantised (uint8)", "DequantizeLinear with the same"});
  OnnxBuilder handed_out = quantised(TensorProto::UINT8);
  handed_out.node("Identity", {"h"}, "y");
  expect_unsupported(handed_out, {"output 'y' has elements of uint8"});
  OnnxBuilder cast = quantised(TensorProto::UINT8);
  cast.node("Cast", {"h"}, "y").integer("to", TensorProto::FLOAT);
  expect_unsupported(cast, {"(Cast)", "is quantised"});
  OnnxBuilder other = quantised(TensorProto::UINT8);
  other.floats("other", {}, {0.25f});
  other.node("DequantizeLinear", {"h", "other", "zero"}, "y");
  expect_unsupported(other, {"(DequantizeLinear)", "has another scale", "the same for both"});
  OnnxBuilder alone = model();
  alone.floats("scale", {}, {0.5f});
  alone.node("DequantizeLinear", {"x", "scale"}, "y");
  expect_unsupported(alone, {"(DequantizeLinear)", "is not quantised", "QuantizeLinear"});
}

TEST(ImportQuantizeLinear, ScalesMustFitTheAxis) {
  OnnxBuilder onnx = model();
  onnx.floats("scale", {3}, {0.5f, 0.5f, 0.5f});
  onnx.node("QuantizeLinear", {"x", "scale"}, "h");
  onnx.node("DequantizeLinear", {"h", "scale"}, "y");
  expect_unsupported(onnx, {"(QuantizeLinear)", "[3]", "one for each position of an axis"});
}

TEST(ExportFakeQuantize, KeepsItsNamesWhenItComesBack) {
  OnnxBuilder onnx = quantised(TensorProto::INT8);
  onnx.node("DequantizeLinear", {"h", "scale", "zero"}, "q");
  onnx.node("Relu", {"q"}, "y");
  const Graph graph = onnx.import();
  const Graph again = import_onnx_bytes(export_onnx_bytes({graph, {}})).graph;
  EXPECT_EQ(graph.value(graph.nodes[0].outputs[0]).name, "q");
  EXPECT_EQ(again.value(again.nodes[0].outputs[0]).name, "q");
  EXPECT_EQ(again.nodes[0].name, graph.nodes[0].name);
}

TEST(ExportFakeQuantize, IsThePairAgain) {
  OnnxBuilder onnx = quantised(TensorProto::INT8, true);
  onnx.node("DequantizeLinear", {"h", "scale", "zero"}, "y");
  ::onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(export_onnx_bytes({onnx.import(), {}})));
  ASSERT_EQ(proto.graph().node_size(), 2);
  EXPECT_EQ(proto.graph().node(0).op_type(), "QuantizeLinear");
  EXPECT_EQ(proto.graph().node(1).op_type(), "DequantizeLinear");
  EXPECT_EQ(proto.graph().node(1).output(0), "y");
  for (const TensorProto& tensor : proto.graph().initializer()) {
    if (tensor.name() != "zero") continue;
    EXPECT_EQ(tensor.data_type(), TensorProto::INT8);
    EXPECT_THAT(tensor.int32_data(), ElementsAre(3, 3, 3, 3));
  }
}

}  // namespace
}  // namespace ockham::converters::tests
