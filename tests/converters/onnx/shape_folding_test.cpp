// Arithmetic on shapes and constants, which import computes: what comes of it in the Graph, and
// what is refused.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ockham::tests::expect_error;
using ::onnx::TensorProto;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

/// x [N, 4, 6, 10] and its shape s; "target" is what the test computes, y is x reshaped to it.
class ShapeFolding : public testing::Test {
 protected:
  ShapeFolding() {
    onnx.input("x", {-1, 4, 6, 10}).output("y");
    onnx.node("Shape", {"x"}, "s");
  }

  void scalar(const std::string& name, std::int64_t value) { onnx.integers(name, {}, {value}); }
  void list(const std::string& name, const Dims& values) {
    onnx.integers(name, {static_cast<std::int64_t>(values.size())}, values);
  }
  /// One element of s, as a list of one.
  void axis(const std::string& name, std::int64_t index) {
    list(name + "_index", {index});
    onnx.node("Gather", {"s", name + "_index"}, name);
  }

  Graph reshaped() {
    onnx.node("Reshape", {"x", "target"}, "y");
    return onnx.import();
  }
  Shape shape() {
    const Graph graph = reshaped();
    EXPECT_EQ(graph.nodes.size(), 1u);
    return graph.value(graph.outputs[0]).shape;
  }
  void expect_refused(Status status, std::initializer_list<std::string> parts) {
    expect_error(status, parts, [&] { reshaped(); });
  }

  OnnxBuilder onnx;
};

// x.view(x.size(0), -1), as PyTorch writes it.
TEST_F(ShapeFolding, TheBatchOfAShapeStaysTheBatch) {
  scalar("zero", 0);
  onnx.node("Gather", {"s", "zero"}, "batch");
  scalar("rest", -1);
  onnx.node("Unsqueeze", {"batch"}, "a").integers("axes", {0});
  onnx.node("Unsqueeze", {"rest"}, "b").integers("axes", {0});
  onnx.node("Concat", {"a", "b"}, "target").integer("axis", 0);

  const Graph graph = reshaped();
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Flatten>(graph.nodes[0].op));
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, Shape({Shape::kBatch, 240}));
}

TEST_F(ShapeFolding, AFileOfOneImageKeepsTheBatchToo) {
  onnx.model.mutable_graph()->clear_input();
  onnx.input("x", {1, 4, 6, 10});
  axis("batch", 0);
  list("rest", {-1});
  onnx.node("Concat", {"batch", "rest"}, "target").integer("axis", 0);

  EXPECT_EQ(shape(), Shape({Shape::kBatch, 240}));
}

// Pixel shuffle and channel shuffle: x.view(N, C / 2, 2, H, W).
TEST_F(ShapeFolding, Division) {
  axis("batch", 0);
  axis("channels", 1);
  scalar("two", 2);
  onnx.node("Div", {"channels", "two"}, "half");
  list("pair", {2});
  list("starts", {2});
  list("ends", {kMost});
  onnx.node("Slice", {"s", "starts", "ends"}, "image");
  onnx.node("Concat", {"batch", "half", "pair", "image"}, "target").integer("axis", -1);

  EXPECT_EQ(shape(), Shape({Shape::kBatch, 2, 2, 6, 10}));
}

TEST_F(ShapeFolding, AddSubAndMulOfNumbers) {
  axis("batch", 0);
  axis("c", 1);
  axis("h", 2);
  axis("w", 3);
  onnx.node("Add", {"h", "w"}, "sum");           // 16
  onnx.node("Sub", {"sum", "c"}, "difference");  // 12
  onnx.node("Mul", {"c", "h"}, "product");       // 24
  list("open", {-1});
  onnx.node("Concat", {"batch", "difference", "open"}, "first").integer("axis", 0);
  onnx.node("Reshape", {"x", "first"}, "z");
  onnx.node("Concat", {"batch", "product", "open"}, "target").integer("axis", 0);
  onnx.output("z");

  const Graph graph = reshaped();
  EXPECT_EQ(graph.value(graph.find_value("z")).shape, Shape({Shape::kBatch, 12, 20}));
  EXPECT_EQ(graph.value(graph.find_value("y")).shape, Shape({Shape::kBatch, 24, 10}));
}

TEST_F(ShapeFolding, MultiplesOfTheBatchThatComeBackToIt) {
  axis("batch", 0);
  axis("c", 1);
  list("open", {-1});
  onnx.node("Mul", {"batch", "c"}, "all");     // 4 N
  onnx.node("Add", {"all", "all"}, "twice");   // 8 N
  onnx.node("Sub", {"twice", "all"}, "once");  // 4 N
  onnx.node("Div", {"once", "c"}, "again");    // N
  onnx.node("Div", {"twice", "batch"}, "eight");
  onnx.node("Concat", {"again", "eight", "open"}, "target").integer("axis", 0);

  EXPECT_EQ(shape(), Shape({Shape::kBatch, 8, 30}));
}

TEST_F(ShapeFolding, StartAndEndOfShape) {
  onnx.node("Shape", {"x"}, "inner").integer("start", -2).integer("end", 100);
  onnx.node("Shape", {"x"}, "batch").integer("start", -100).integer("end", -3);
  list("open", {-1});
  onnx.node("Concat", {"batch", "inner", "open"}, "target").integer("axis", 0);

  EXPECT_EQ(shape(), Shape({Shape::kBatch, 6, 10, 4}));
}

TEST_F(ShapeFolding, AnEmptyRangeOfShapeIsAnEmptyList) {
  onnx.node("Shape", {"x"}, "nothing").integer("start", 3).integer("end", 1);
  list("rest", {0, -1});
  onnx.node("Concat", {"nothing", "rest"}, "target").integer("axis", 0);

  EXPECT_EQ(shape(), Shape({Shape::kBatch, 240}));
}

// Older PyTorch: extents through floats, rounded.
TEST_F(ShapeFolding, ExtentsThroughFloats) {
  axis("batch", 0);
  axis("w", 3);
  onnx.floats("scale", {}, {0.26f});
  onnx.node("Cast", {"w"}, "float").integer("to", TensorProto::FLOAT);
  onnx.node("Mul", {"float", "scale"}, "scaled");  // 2.6
  onnx.node("Floor", {"scaled"}, "down");
  onnx.node("Ceil", {"scaled"}, "up");
  onnx.node("Cast", {"down"}, "two").integer("to", TensorProto::INT64);
  onnx.node("Cast", {"up"}, "three").integer("to", TensorProto::INT32);
  onnx.node("Cast", {"three"}, "three64").integer("to", TensorProto::INT64);
  list("open", {-1});
  onnx.node("Concat", {"batch", "two", "three64", "open"}, "target").integer("axis", 0);

  EXPECT_EQ(shape(), Shape({Shape::kBatch, 2, 3, 40}));
}

// Where(Equal(target, -1), ones, target), as PyTorch writes expand, and Expand itself.
TEST_F(ShapeFolding, ExpandThatRepeatsNothing) {
  list("wanted", {-1, 4, 1, -1});
  onnx.node("ConstantOfShape", {"four"}, "ones").attribute("value");
  list("four", {4});
  auto& value = *onnx.model.mutable_graph()->mutable_node(1)->mutable_attribute(0);
  value.set_type(::onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(TensorProto::INT64);
  value.mutable_t()->add_dims(1);
  value.mutable_t()->add_int64_data(1);
  scalar("minus", -1);
  onnx.node("Mul", {"ones", "minus"}, "minuses");
  onnx.node("Equal", {"wanted", "minuses"}, "open");
  onnx.node("Where", {"open", "ones", "wanted"}, "shape");
  onnx.node("Expand", {"x", "shape"}, "z");
  onnx.node("Expand", {"z", "s"}, "w");
  onnx.node("Relu", {"w"}, "y");

  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, Shape({Shape::kBatch, 4, 6, 10}));
}

TEST_F(ShapeFolding, TheBatchIsNoNumberBelowOne) {
  list("minus", {-1, -1, -1, -1});
  onnx.node("Equal", {"s", "minus"}, "open");
  onnx.node("Where", {"open", "minus", "s"}, "target");

  EXPECT_EQ(shape(), Shape({Shape::kBatch, 4, 6, 10}));
}

TEST_F(ShapeFolding, RangeTransposeAndNegativeSteps) {
  scalar("from", 6);
  scalar("to", -1);
  scalar("step", -3);
  onnx.node("Range", {"from", "to", "step"}, "r");  // 6, 3, 0
  onnx.node("Unsqueeze", {"r"}, "row").integers("axes", {0});
  onnx.node("Transpose", {"row"}, "column");
  onnx.node("Squeeze", {"column"}, "back");
  list("starts", {-1});
  list("ends", {kLeast});
  list("axes", {0});
  list("steps", {-2});
  onnx.node("Slice", {"back", "starts", "ends", "axes", "steps"}, "picked");  // 0, 6
  list("open", {-1});
  onnx.node("Concat", {"picked", "open"}, "target").integer("axis", 0);

  EXPECT_EQ(shape(), Shape({Shape::kBatch, 6, 40}));
}

// --- what the batch cannot do ---

TEST_F(ShapeFolding, WhatMixesTheBatchIsRefused) {
  const std::pair<const char*, const char*> kMixes[] = {
      {"Add", "N and 3"}, {"Sub", "N and 3"}, {"Div", "N and 3"}, {"Equal", "N and 3"}};
  for (const auto& [op, text] : kMixes) {
    OnnxBuilder mixed;
    mixed.input("x", {-1, 3}).output("y");
    mixed.integers("zero", {1}, {0});
    mixed.integers("three", {1}, {3});
    mixed.node("Shape", {"x"}, "s");
    mixed.node("Gather", {"s", "zero"}, "batch");
    mixed.node(op, {"batch", "three"}, "target");
    mixed.node("Reshape", {"x", "target"}, "y");
    expect_error(Status::kUnsupported, {"node 'target_node'", text, "multiple of the batch"},
                 [&] { mixed.import(); });
  }
}

TEST_F(ShapeFolding, TheBatchTimesItself) {
  onnx.node("Mul", {"s", "s"}, "target");
  expect_refused(Status::kUnsupported, {"(Mul)", "N and N"});
}

TEST_F(ShapeFolding, TheBatchAsAFloat) {
  onnx.node("Cast", {"s"}, "target").integer("to", TensorProto::FLOAT);
  expect_refused(Status::kUnsupported, {"(Cast)", "holds N", "whole numbers only"});
}

TEST_F(ShapeFolding, TheBatchOnAnotherAxis) {
  list("order", {1, 0, 2, 3});
  onnx.node("Gather", {"s", "order"}, "target");
  expect_refused(Status::kUnsupported, {"(Reshape)", "[N, 4, 6, 10] to [4, N, 6, 10]"});
}

TEST_F(ShapeFolding, AMultipleOfTheBatchAsTheBatch) {
  list("by", {4, 1, 1, 1});
  onnx.node("Mul", {"s", "by"}, "target");
  expect_refused(Status::kUnsupported, {"(Reshape)", "to [4 N, 4, 6, 10]"});
}

TEST_F(ShapeFolding, AConstantOfTheBatchsSize) {
  onnx.node("ConstantOfShape", {"s"}, "target");
  expect_refused(Status::kUnsupported, {"(ConstantOfShape)", "holds N", "the batch"});
}

TEST_F(ShapeFolding, OperatorsThatOnlyFold) {
  onnx.node("Equal", {"x", "x"}, "target");
  expect_refused(Status::kUnsupported, {"(Equal)", "computed by the network"});
}

// --- constants of floats ---

TEST(ConstantFolding, WeightsMadeByNodes) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  onnx.counted("w", {3, 2});
  onnx.integers("shape", {1}, {3});
  onnx.node("ConstantOfShape", {"shape"}, "bias");
  onnx.node("Transpose", {"w"}, "t").integers("perm", {1, 0});  // [2, 3]
  onnx.node("Identity", {"t"}, "i");
  onnx.node("Gemm", {"x", "i", "bias"}, "y");

  const Graph graph = onnx.import();
  EXPECT_EQ(elements(graph, "bias"), std::vector<float>(3, 0.0f));
  const ValueId weight = graph.nodes[0].inputs[1];
  EXPECT_EQ(graph.value(weight).shape, Shape({3, 2}));
  const auto floats = graph.value(weight).constant.floats;
  EXPECT_EQ(std::vector<float>(floats.begin(), floats.end()), counting({3, 2}));
}

TEST(ConstantFolding, ConcatSliceAndFlatten) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 4}).output("y");
  onnx.counted("a", {2, 1, 2});  // 1 2 | 3 4
  onnx.floats("b", {2, 1, 1}, {5, 6});
  onnx.node("Concat", {"a", "b"}, "c").integer("axis", -1);  // 1 2 5 | 3 4 6
  onnx.integers("one", {1}, {1});
  onnx.integers("end", {1}, {kMost});
  onnx.integers("last", {1}, {-1});
  onnx.node("Slice", {"c", "one", "end", "last"}, "d");  // 2 5 | 4 6
  onnx.node("Flatten", {"d"}, "e").integer("axis", 0);
  onnx.node("Mul", {"x", "e"}, "y");

  const Graph graph = onnx.import();
  EXPECT_EQ(elements(graph, "e"), (std::vector<float>{2, 5, 4, 6}));
}

TEST(ConstantFolding, ExpandAndArithmeticRepeat) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2, 3}).output("y");
  onnx.floats("column", {2, 1}, {1, 2});
  onnx.floats("row", {3}, {10, 20, 30});
  onnx.integers("shape", {2}, {2, 3});
  onnx.node("Expand", {"column", "shape"}, "a");
  onnx.node("Add", {"a", "row"}, "b");
  onnx.node("Mul", {"x", "b"}, "y");

  EXPECT_EQ(elements(onnx.import(), "b"), (std::vector<float>{11, 21, 31, 12, 22, 32}));
}

TEST(ConstantFolding, EveryFormOfConstant) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 2}).output("y");
  auto& floats = onnx.node("Constant", {}, "floats").attribute("value_floats");
  floats.set_type(::onnx::AttributeProto::FLOATS);
  for (const float number : {1.5f, 2.5f}) floats.add_floats(number);
  onnx.node("Constant", {}, "float").number("value_float", 2.0f);
  onnx.node("Constant", {}, "ints").integers("value_ints", {1, 2});
  onnx.node("Constant", {}, "int").integer("value_int", 2);
  onnx.node("Mul", {"floats", "float"}, "a");  // 3, 5
  onnx.node("Mul", {"ints", "int"}, "b");      // 2, 4
  onnx.node("Cast", {"b"}, "c").integer("to", TensorProto::FLOAT);
  onnx.node("Add", {"a", "c"}, "d");
  onnx.node("Mul", {"x", "d"}, "y");

  EXPECT_EQ(elements(onnx.import(), "d"), (std::vector<float>{5, 9}));
}

// --- hostile files ---

/// ConstantOfShape of `shape`, multiplied to v [N, 6].
OnnxBuilder filled(const Dims& shape) {
  OnnxBuilder onnx;
  onnx.input("v", {-1, 6}).output("y");
  onnx.integers("shape", {static_cast<std::int64_t>(shape.size())}, shape);
  onnx.node("ConstantOfShape", {"shape"}, "c");
  onnx.node("Mul", {"v", "c"}, "y");
  return onnx;
}

TEST(HostileFolding, AConstantBeyondTheBudget) {
  const std::string bytes = filled({25088, 4096}).bytes();
  expect_error(Status::kOutOfMemory, {"node 'c_node' (ConstantOfShape)", "411041792 bytes"},
               [&] { import_onnx_bytes(bytes, {.max_memory = 100 << 20}); });
}

TEST(HostileFolding, ManyConstantsBeyondTheBudgetTogether) {
  OnnxBuilder onnx = filled({6});
  onnx.integers("large", {1}, {1 << 18});
  for (int i = 0; i < 20; ++i) {
    const std::string more = "more" + std::to_string(i);
    onnx.node("ConstantOfShape", {"large"}, more);
    onnx.output(more);
  }
  expect_error(Status::kOutOfMemory, {"(ConstantOfShape)"},
               [&] { import_onnx_bytes(onnx.bytes(), {.max_memory = 8 << 20}); });
}

TEST(HostileFolding, ShapesThatCannotBe) {
  for (const Dims& shape : {Dims{-1}, Dims{kMost}, Dims{kMost, kMost}, Dims{1 << 30, 1 << 30},
                            Dims{kLeast, 0}, Dims{0, kMost, kMost}, Dims{3, -2}}) {
    EXPECT_ANY_THROW(filled(shape).import()) << Shape(shape).text();
  }
  expect_error(Status::kInvalidModel, {"(ConstantOfShape)", "negative or too large"}, [] {
    filled({1 << 30, 1 << 30}).import();
  });
  expect_error(Status::kUnsupported, {"(ConstantOfShape)", "rank 9"},
               [] { filled(Dims(9, 1)).import(); });
}

TEST(HostileFolding, ConcatThatDoublesIsStoppedByTheBudget) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 6}).output("y");
  onnx.integers("c0", {1}, {1});
  for (int i = 0; i < 64; ++i) {
    const std::string from = "c" + std::to_string(i);
    onnx.node("Concat", {from, from}, "c" + std::to_string(i + 1)).integer("axis", 0);
  }
  onnx.node("Reshape", {"x", "c64"}, "y");

  expect_error(Status::kOutOfMemory, {"(Concat)"},
               [&] { import_onnx_bytes(onnx.bytes(), {.max_memory = 1 << 20}); });
}

TEST(HostileFolding, ADeepChainIsTaken) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 6}).output("y");
  onnx.integers("zero", {}, {0});
  onnx.node("Shape", {"x"}, "s0");
  for (int i = 0; i < 20000; ++i) {
    onnx.node("Add", {"s" + std::to_string(i), "zero"}, "s" + std::to_string(i + 1));
  }
  onnx.node("Reshape", {"x", "s20000"}, "y");

  EXPECT_EQ(onnx.import().nodes.size(), 1u);
}

TEST(HostileFolding, ArithmeticAtTheEndsOfTheRange) {
  struct Overflow {
    const char* op;
    std::int64_t a, b;
  };
  for (const auto& [op, a, b] :
       {Overflow{"Add", kMost, 1}, Overflow{"Sub", kLeast, 1}, Overflow{"Mul", kMost, 2},
        Overflow{"Div", kLeast, -1}, Overflow{"Div", 1, 0}}) {
    OnnxBuilder onnx;
    onnx.input("x", {-1, 6}).output("y");
    onnx.integers("a", {1}, {a});
    onnx.integers("b", {1}, {b});
    onnx.node(op, {"a", "b"}, "target");
    onnx.node("Reshape", {"x", "target"}, "y");
    expect_error(Status::kInvalidModel, {"node 'target_node'", op}, [&] { onnx.import(); });
  }
}

TEST(HostileFolding, RangesAtTheEndsOfTheRange) {
  struct Case {
    std::int64_t start, limit, delta;
    bool is_taken;
  };
  for (const auto& [start, limit, delta, is_taken] :
       {Case{kLeast, kMost, 1, false}, Case{kLeast, kMost, kMost, true},
        Case{kMost, kLeast, kLeast, true}, Case{0, 10, 0, false}, Case{5, 5, kLeast, true}}) {
    OnnxBuilder onnx;
    onnx.input("x", {-1, 6}).output("y");
    onnx.integers("start", {}, {start});
    onnx.integers("limit", {}, {limit});
    onnx.integers("delta", {}, {delta});
    onnx.node("Range", {"start", "limit", "delta"}, "r");
    onnx.node("Relu", {"x"}, "y");
    onnx.output("r");
    if (is_taken) {  // and only then refused as an output
      expect_error(Status::kUnsupported, {"output 'r' is a constant"}, [&] { onnx.import(); });
    } else {
      expect_error(Status::kInvalidModel, {"(Range)"}, [&] { onnx.import(); });
    }
  }
}

TEST(HostileFolding, AxesIndicesAndTypesThatDoNotFit) {
  const std::pair<const char*, std::function<void(OnnxBuilder&)>> kCases[] = {
      {"Gather",
       [](OnnxBuilder& o) {
         o.node("Gather", {"w", "far"}, "c");
       }},
      {"Gather",
       [](OnnxBuilder& o) {
         o.node("Gather", {"w", "one"}, "c").integer("axis", kMost);
       }},
      {"Concat",
       [](OnnxBuilder& o) {
         o.node("Concat", {"w", "one"}, "c").integer("axis", 0);
       }},
      {"Concat",
       [](OnnxBuilder& o) {
         o.node("Concat", {"w", "v"}, "c").integer("axis", 0);
       }},
      {"Add",
       [](OnnxBuilder& o) {
         o.node("Add", {"v", "one"}, "c");
       }},
      {"Add",
       [](OnnxBuilder& o) {
         o.node("Add", {"w", "v"}, "c");
       }},
      {"Transpose",
       [](OnnxBuilder& o) {
         o.node("Transpose", {"w"}, "c").integers("perm", {0, 0});
       }},
      {"Transpose", [](OnnxBuilder& o) { o.node("Transpose", {"w"}, "c").integers("perm", {0}); }},
      {"Squeeze", [](OnnxBuilder& o) { o.node("Squeeze", {"w"}, "c").integers("axes", {0}); }},
      {"Flatten", [](OnnxBuilder& o) { o.node("Flatten", {"w"}, "c").integer("axis", kLeast); }},
      {"Expand",
       [](OnnxBuilder& o) {
         o.node("Expand", {"w", "far"}, "c");
       }},
      {"Reshape",
       [](OnnxBuilder& o) {
         o.node("Reshape", {"w", "far"}, "c");
       }},
      {"Cast", [](OnnxBuilder& o) { o.node("Cast", {"huge"}, "c").integer("to", 7); }},
      {"Cast", [](OnnxBuilder& o) { o.node("Cast", {"far"}, "c").integer("to", 6); }},
      {"Where",
       [](OnnxBuilder& o) {
         o.node("Where", {"one", "w", "far"}, "c");
       }},
  };
  for (const auto& [op, build] : kCases) {
    OnnxBuilder onnx;
    onnx.input("x", {-1, 6}).output("y").output("c");
    onnx.counted("w", {2, 3});
    onnx.counted("v", {5});
    onnx.floats("huge", {}, {1e30f});
    onnx.integers("one", {1}, {1});
    onnx.integers("far", {1}, {kMost});
    build(onnx);
    onnx.node("Relu", {"x"}, "y");
    expect_error(Status::kInvalidModel, {"node 'c_node' (" + std::string(op) + ")"},
                 [&] { onnx.import(); });
  }
}

}  // namespace
}  // namespace ockham::converters::tests
