// Nodes that read constants only, of any operator and element type: what they come to in the Graph.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ockham::tests::expect_error;
using ::onnx::TensorProto;
using ::testing::ElementsAre;
using ::testing::FloatEq;

/// x [N, 2, 3, 4] times "folded", which the test computes of constants; y.
class ComputedConstants : public testing::Test {
 protected:
  ComputedConstants() { onnx.input("x", {-1, 2, 3, 4}).output("y"); }

  std::vector<float> folded() {
    onnx.node("Mul", {"x", "folded"}, "y");
    const Graph graph = onnx.import();
    EXPECT_EQ(graph.nodes.size(), 1u);
    return elements(graph, graph.value(graph.nodes[0].inputs[1]).name);
  }
  void expect_refused(Status status, std::initializer_list<std::string> parts) {
    onnx.node("Mul", {"x", "folded"}, "y");
    expect_error(status, parts, [&] { onnx.import(); });
  }
  TensorProto& raw(const std::string& name, const Dims& dims, std::int32_t type,
                   const std::string& bytes) {
    TensorProto& tensor = onnx.floats(name, dims, {});
    tensor.set_data_type(type);
    tensor.set_raw_data(bytes);
    return tensor;
  }

  OnnxBuilder onnx;
};

TEST_F(ComputedConstants, AStaticGateAfterASigmoid) {
  onnx.floats("gate", {2, 1, 1}, {0.0f, 2.0f});
  onnx.node("Sigmoid", {"gate"}, "folded");

  EXPECT_THAT(folded(), ElementsAre(0.5f, FloatEq(1.0f / (1.0f + std::exp(-2.0f)))));
}

TEST_F(ComputedConstants, AScalarStaysAScalar) {
  onnx.floats("four", {}, {-4.0f});
  onnx.node("Abs", {"four"}, "magnitude");
  onnx.node("Sqrt", {"magnitude"}, "folded");

  EXPECT_THAT(folded(), ElementsAre(2.0f));
}

// g * v / |v|, as PyTorch's weight norm leaves it.
TEST_F(ComputedConstants, WeightNorm) {
  onnx.floats("v", {2, 2, 1, 1}, {3, 4, 6, 8});
  onnx.floats("g", {2, 1, 1, 1}, {5, 20});
  onnx.floats("two", {}, {2});
  onnx.integers("axes", {3}, {1, 2, 3});
  onnx.node("Pow", {"v", "two"}, "squares");
  onnx.node("ReduceSum", {"squares", "axes"}, "sum").integer("keepdims", 1);
  onnx.node("Sqrt", {"sum"}, "norm");
  onnx.node("Div", {"v", "norm"}, "unit");
  onnx.node("Mul", {"unit", "g"}, "w");
  onnx.node("Conv", {"x", "w"}, "y");

  const Graph graph = onnx.import();

  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_THAT(elements(graph, "w"), ElementsAre(3.0f, 4.0f, 12.0f, 16.0f));
}

TEST_F(ComputedConstants, BothOperandsAreRepeated) {
  onnx.floats("a", {2, 1, 1}, {1, 5});
  onnx.floats("b", {1, 4}, {0, 2, 4, 6});
  onnx.node("Max", {"a", "b"}, "folded");

  EXPECT_THAT(folded(), ElementsAre(1, 2, 4, 6, 5, 5, 5, 6));
}

TEST_F(ComputedConstants, TheLastAxisOfAVectorIsNoBatch) {
  onnx.floats("v", {4}, {0, 0, 0, 0});
  onnx.node("Softmax", {"v"}, "folded").integer("axis", -1);

  EXPECT_THAT(folded(), ElementsAre(0.25f, 0.25f, 0.25f, 0.25f));
}

TEST_F(ComputedConstants, LayersRunOnConstantsToo) {
  onnx.floats("row", {1, 2}, {1, 2});
  onnx.floats("matrix", {2, 4}, {1, 2, 3, 4, 10, 20, 30, 40});
  onnx.node("MatMul", {"row", "matrix"}, "folded");

  EXPECT_THAT(folded(), ElementsAre(21, 42, 63, 84));
}

TEST_F(ComputedConstants, IntegersStayIntegers) {
  onnx.integers("a", {3}, {-7, 7, -8});
  onnx.integers("four", {}, {4});
  onnx.node("Mod", {"a", "four"}, "rest");  // 1, 3, 0
  onnx.node("Neg", {"rest"}, "less");       // -1, -3, 0
  onnx.integers("axes", {2}, {1, 2});
  onnx.node("Unsqueeze", {"less", "axes"}, "column");
  onnx.node("Slice", {"column", "from", "to"}, "pair");
  onnx.integers("from", {1}, {0});
  onnx.integers("to", {1}, {2});
  onnx.node("Cast", {"pair"}, "folded").integer("to", TensorProto::FLOAT);

  EXPECT_THAT(folded(), ElementsAre(-1.0f, -3.0f));
}

TEST_F(ComputedConstants, TheRemainderOfCHasTheSignOfTheDividend) {
  onnx.integers("a", {2, 1, 1}, {-7, 7});
  onnx.integers("four", {}, {4});
  onnx.node("Mod", {"a", "four"}, "rest").integer("fmod", 1);
  onnx.node("Cast", {"rest"}, "folded").integer("to", TensorProto::FLOAT);

  EXPECT_THAT(folded(), ElementsAre(-3.0f, 3.0f));
}

TEST_F(ComputedConstants, NoIntegerBecomesAFraction) {
  onnx.integers("a", {2, 1, 1}, {2, 4});
  onnx.node("Reciprocal", {"a"}, "part");
  onnx.node("Cast", {"part"}, "folded").integer("to", TensorProto::FLOAT);

  expect_refused(Status::kUnsupported, {"(Reciprocal)", "0.5", "integers"});
}

TEST_F(ComputedConstants, HalfPrecision) {
  // 1, -2, the least number that is not 0, 65504.
  raw("half", {4}, TensorProto::FLOAT16, {"\x00\x3c\x00\xc0\x01\x00\xff\x7b", 8});
  onnx.node("Cast", {"half"}, "folded").integer("to", TensorProto::FLOAT);

  EXPECT_THAT(folded(), ElementsAre(1.0f, -2.0f, std::ldexp(1.0f, -24), 65504.0f));
}

TEST_F(ComputedConstants, BfloatAndDouble) {
  raw("brain", {1}, TensorProto::BFLOAT16, {"\x40\xc0", 2});  // -3
  TensorProto& twice = onnx.floats("double", {1}, {});
  twice.clear_raw_data();
  twice.set_data_type(TensorProto::DOUBLE);
  twice.add_double_data(2.5);
  onnx.node("Mul", {"brain", "double"}, "folded");

  EXPECT_THAT(folded(), ElementsAre(-7.5f));
}

TEST_F(ComputedConstants, BytesThatAreDequantized) {
  raw("q", {2, 1, 2}, TensorProto::INT8, {"\x01\xff\x80\x7f", 4});
  onnx.floats("scale", {2}, {0.5f, 2.0f});
  raw("zero", {2}, TensorProto::INT8, {"\x00\xff", 2});
  onnx.node("DequantizeLinear", {"q", "scale", "zero"}, "w").integer("axis", 0);
  onnx.integers("shape", {3}, {1, 1, 4});
  onnx.node("Reshape", {"w", "shape"}, "folded");

  EXPECT_THAT(folded(), ElementsAre(0.5f, -0.5f, -254.0f, 256.0f));
}

TEST_F(ComputedConstants, OneScaleForAllBytes) {
  raw("q", {4}, TensorProto::UINT8, {"\x00\x80\xff\x81", 4});
  onnx.floats("scale", {}, {0.5f});
  raw("zero", {}, TensorProto::UINT8, "\x80");
  onnx.node("DequantizeLinear", {"q", "scale", "zero"}, "folded");

  EXPECT_THAT(folded(), ElementsAre(-64.0f, 0.0f, 63.5f, 0.5f));
}

TEST_F(ComputedConstants, SparseWeightsAreFilledIn) {
  for (const bool linear : {true, false}) {
    onnx = OnnxBuilder();
    onnx.input("x", {-1, 2, 3, 4}).output("y");
    ::onnx::SparseTensorProto& sparse = *onnx.model.mutable_graph()->add_sparse_initializer();
    for (const std::int64_t dim : {2, 1, 4}) sparse.add_dims(dim);
    TensorProto& values = *sparse.mutable_values();
    values.set_name("folded");
    values.set_data_type(TensorProto::FLOAT);
    values.add_dims(2);
    values.add_float_data(3.0f);
    values.add_float_data(7.0f);
    TensorProto& indices = *sparse.mutable_indices();
    indices.set_data_type(TensorProto::INT64);
    indices.add_dims(2);
    if (!linear) indices.add_dims(3);
    for (const std::int64_t index : linear ? Dims{1, 6} : Dims{0, 0, 1, 1, 0, 2}) {
      indices.add_int64_data(index);
    }
    EXPECT_THAT(folded(), ElementsAre(0, 3, 0, 0, 0, 0, 7, 0)) << linear;

    indices.set_int64_data(linear ? 1 : 5, linear ? 8 : 4);
    expect_error(Status::kInvalidModel, {"'folded'", "index"}, [&] { onnx.import(); });
  }
}

TEST_F(ComputedConstants, WhatTakesTooLongIsRefused) {
  onnx.node("ConstantOfShape", {"shape"}, "a");
  onnx.integers("shape", {2}, {2000, 2000});
  onnx.node("ConstantOfShape", {"shape"}, "b");
  onnx.node("MatMul", {"a", "b"}, "folded");

  expect_refused(Status::kUnsupported, {"(MatMul)", "multiply-adds"});
}

// --- order, types and headers ---

TEST(ImportOrder, NodesMayComeInAnyOrder) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  onnx.node("Relu", {"b"}, "y");
  onnx.node("Sigmoid", {"a"}, "b");
  onnx.node("Tanh", {"x"}, "a");

  const Graph graph = onnx.import();

  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  EXPECT_THAT(names, ElementsAre("a_node", "b_node", "y_node"));
}

TEST(ImportTypes, HalfAndDoubleInputsAreComputedInFloat) {
  for (const auto type : {TensorProto::FLOAT16, TensorProto::BFLOAT16, TensorProto::DOUBLE}) {
    OnnxBuilder onnx;
    onnx.input("x", {-1, 2}).output("y");
    auto& input = *onnx.model.mutable_graph()->mutable_input(0);
    input.mutable_type()->mutable_tensor_type()->set_elem_type(type);
    onnx.node("Cast", {"x"}, "whole").integer("to", TensorProto::FLOAT);
    onnx.node("Relu", {"whole"}, "z");
    onnx.node("Cast", {"z"}, "y").integer("to", type);

    const Graph graph = onnx.import();
    EXPECT_EQ(graph.nodes.size(), 1u);
    EXPECT_EQ(graph.value(graph.outputs[0]).name, "y");
  }
}

TEST(ImportTypes, AnUnreadInputOfAnyTypeKeepsItsName) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).input("length", {-1, 1}).output("y");
  auto& input = *onnx.model.mutable_graph()->mutable_input(1);
  input.mutable_type()->mutable_tensor_type()->set_elem_type(TensorProto::INT64);
  onnx.node("Relu", {"x"}, "y");

  const Graph graph = onnx.import();
  ASSERT_EQ(graph.inputs.size(), 2u);
  EXPECT_EQ(graph.value(graph.inputs[1]).name, "length");
}

TEST(ImportMetadata, TheSecondOfTwoEntriesWins) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  onnx.node("Relu", {"x"}, "y");
  for (const char* text : {"first", "second"}) {
    auto& entry = *onnx.model.add_metadata_props();
    entry.set_key("author");
    entry.set_value(text);
  }
  EXPECT_EQ(import_onnx_bytes(onnx.bytes()).metadata.at("author"), "second");
}

TEST(ImportMetadata, AnUnnamedGraphIsWrittenWithAName) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  onnx.node("Relu", {"x"}, "y");
  onnx.model.mutable_graph()->clear_name();

  ::onnx::ModelProto written;
  ASSERT_TRUE(written.ParseFromString(export_onnx_bytes(import_onnx_bytes(onnx.bytes()))));
  EXPECT_FALSE(written.graph().name().empty());
}

TEST(ComputedTruths, ComeFromComparisonsAndLogic) {
  struct Case {
    const char* op;
    std::vector<float> expected;  // for 1, 2, 3 and 2: the second where it holds
  };
  for (const auto& [op, expected] :
       {Case{"Greater", {0, 0, 1}}, Case{"GreaterOrEqual", {0, 1, 1}}, Case{"Less", {1, 0, 0}},
        Case{"LessOrEqual", {1, 1, 0}}, Case{"Equal", {0, 1, 0}}}) {
    SCOPED_TRACE(op);
    OnnxBuilder onnx;
    onnx.input("x", {-1, 3}).output("y");
    onnx.floats("a", {3}, {1, 2, 3});
    onnx.floats("two", {}, {2});
    onnx.node(op, {"a", "two"}, "holds");
    onnx.node("Not", {"holds"}, "fails");
    onnx.node("Or", {"holds", "fails"}, "always");
    onnx.node("Xor", {"fails", "always"}, "again");
    onnx.node("And", {"again", "holds"}, "both");
    onnx.node("Cast", {"both"}, "number").integer("to", ::onnx::TensorProto::FLOAT);
    onnx.node("Mul", {"x", "number"}, "y");
    EXPECT_EQ(elements(onnx.import(), "number"), expected);
  }
}

// --- picked, replaced, masked, summed up ---

TEST_F(ComputedConstants, LowerTriangle) {
  onnx.counted("square", {3, 4});
  onnx.node("Trilu", {"square"}, "folded").integer("upper", 0);

  EXPECT_THAT(folded(), ElementsAre(1, 0, 0, 0, 5, 6, 0, 0, 9, 10, 11, 0));
}

TEST_F(ComputedConstants, TriangleAboveTheDiagonal) {
  onnx.counted("square", {3, 4});
  onnx.integers("above", {}, {1});
  onnx.node("Trilu", {"square", "above"}, "folded");

  EXPECT_THAT(folded(), ElementsAre(0, 2, 3, 4, 0, 0, 7, 8, 0, 0, 0, 12));
}

TEST_F(ComputedConstants, SumsAlongAnAxis) {
  onnx.counted("numbers", {3, 4});
  onnx.integers("axis", {}, {-1});
  onnx.node("CumSum", {"numbers", "axis"}, "folded").integer("exclusive", 1).integer("reverse", 1);

  EXPECT_THAT(folded(), ElementsAre(9, 7, 4, 0, 21, 15, 8, 0, 33, 23, 12, 0));
}

TEST_F(ComputedConstants, ElementsPickedOneByOne) {
  onnx.counted("numbers", {3, 4});
  onnx.integers("rows", {3, 4}, {0, 1, 2, -1, 0, 0, 0, 0, 2, 2, 2, 2});
  onnx.node("GatherElements", {"numbers", "rows"}, "folded").integer("axis", 0);

  EXPECT_THAT(folded(), ElementsAre(1, 6, 11, 12, 1, 2, 3, 4, 9, 10, 11, 12));
}

TEST_F(ComputedConstants, RowsReplaced) {
  onnx.counted("numbers", {3, 4});
  onnx.integers("rows", {2, 1}, {-1, 0});
  onnx.floats("by", {2, 4}, {10, 20, 30, 40, 50, 60, 70, 80});
  onnx.node("ScatterND", {"numbers", "rows", "by"}, "folded");

  EXPECT_THAT(folded(), ElementsAre(50, 60, 70, 80, 5, 6, 7, 8, 10, 20, 30, 40));
}

TEST_F(ComputedConstants, IndicesOutsideAreRefused) {
  onnx.counted("numbers", {3, 4});
  onnx.integers("rows", {1, 1}, {3});
  onnx.floats("by", {1, 4}, {1, 2, 3, 4});
  onnx.node("ScatterND", {"numbers", "rows", "by"}, "folded");
  expect_refused(Status::kInvalidModel, {"'folded_node' (ScatterND)", "index 3", "extent 3"});
}

TEST_F(ComputedConstants, UpdatesThatDoNotFitAreRefused) {
  onnx.counted("numbers", {3, 4});
  onnx.integers("rows", {1, 1}, {2});
  onnx.floats("by", {1, 3}, {1, 2, 3});
  onnx.node("ScatterND", {"numbers", "rows", "by"}, "folded");
  expect_refused(Status::kInvalidModel, {"input 2 ('by')", "does not fit"});
}

TEST_F(ComputedConstants, NumberOfElements) {
  onnx.counted("numbers", {3, 4});
  onnx.node("Size", {"numbers"}, "size");
  onnx.node("Cast", {"size"}, "folded").integer("to", TensorProto::FLOAT);

  EXPECT_THAT(folded(), ElementsAre(12));
}

}  // namespace
}  // namespace ockham::converters::tests
