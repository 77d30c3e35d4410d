// What is no operator itself: calls of local functions, If with a condition that is known, and
// nodes that nobody reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "onnx_schema/newer_fields.pb.h"
#include "runtime/reference/reference.h"
#include "tests/cases/expect_error.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ockham::tests::expect_error;
using ::onnx::AttributeProto;
using ::onnx::FunctionProto;
using ::onnx::GraphProto;
using ::onnx::NodeProto;
using testing::ElementsAre;
using testing::HasSubstr;

NodeProto node_of(const std::string& op_type, const std::vector<std::string>& inputs,
                  const std::vector<std::string>& outputs) {
  NodeProto node;
  node.set_op_type(op_type);
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  return node;
}

void refer(NodeProto& node, const std::string& attribute, AttributeProto::AttributeType type,
           const std::string& to) {
  AttributeProto& reference = *node.add_attribute();
  reference.set_name(attribute);
  reference.set_type(type);
  reference.set_ref_attr_name(to);
}

FunctionProto function_of(const std::string& name, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs,
                          const std::vector<NodeProto>& nodes) {
  FunctionProto function;
  function.set_name(name);
  function.set_domain("mine");
  for (const std::string& input : inputs) function.add_input(input);
  for (const std::string& output : outputs) function.add_output(output);
  for (const NodeProto& node : nodes) *function.add_node() = node;
  return function;
}

std::vector<double> run(const Graph& graph, std::vector<double> image) {
  const Shape shape({1, static_cast<std::int64_t>(image.size())});
  const std::vector<reference::Tensor<double>> inputs = {{shape, std::move(image)}};
  return reference::run<double>(graph, inputs)[0].data;
}

std::vector<std::string> node_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  return names;
}

/// x [N, 2] -> y.
class Inlining : public testing::Test {
 protected:
  Inlining() { onnx.input("x", {-1, 2}).output("y"); }

  void add(const FunctionProto& function) { *onnx.model.add_functions() = function; }
  NodeEditor call(const std::string& name, std::initializer_list<std::string> inputs,
                  const std::string& output) {
    NodeEditor node = onnx.node(name, inputs, output);
    node.proto().set_domain("mine");
    return node;
  }

  OnnxBuilder onnx;
};

TEST_F(Inlining, AFunctionIsWhatItConsistsOf) {
  add(function_of("Twice", {"a"}, {"c"},
                  {node_of("Relu", {"a"}, {"b"}), node_of("Add", {"b", "b"}, {"c"})}));
  call("Twice", {"x"}, "y");

  const Graph graph = onnx.import();
  EXPECT_THAT(run(graph, {-1.0, 3.0}), ElementsAre(0.0, 6.0));
  EXPECT_THAT(node_names(graph), ElementsAre("y_node.Relu", "y_node.Add"));
}

TEST_F(Inlining, EachCallHasValuesOfItsOwn) {
  add(function_of("Twice", {"a"}, {"c"},
                  {node_of("Relu", {"a"}, {"b"}), node_of("Add", {"b", "b"}, {"c"})}));
  onnx.floats("b", {1, 2}, {10.0f, 20.0f});  // the name of a value inside
  call("Twice", {"x"}, "u");
  onnx.node("Add", {"u", "b"}, "v");
  call("Twice", {"v"}, "y");

  EXPECT_THAT(run(onnx.import(), {-1.0, 3.0}), ElementsAre(20.0, 52.0));
}

TEST_F(Inlining, FunctionsMayCallFunctionsAndPassInputsOn) {
  NodeProto inner = node_of("Halves", {"a"}, {"p", "q"});
  inner.set_domain("mine");
  add(function_of("Sum", {"a"}, {"r"}, {inner, node_of("Sub", {"p", "q"}, {"r"})}));
  add(function_of("Halves", {"a"}, {"n", "a"}, {node_of("Neg", {"a"}, {"n"})}));
  call("Sum", {"x"}, "y");

  EXPECT_THAT(run(onnx.import(), {1.0, -3.0}), ElementsAre(-2.0, 6.0));
}

TEST_F(Inlining, AttributesComeFromTheCallOrAreDefaults) {
  NodeProto given = node_of("LeakyRelu", {"a"}, {"b"});
  refer(given, "alpha", AttributeProto::FLOAT, "slope");
  NodeProto by_default = node_of("Elu", {"b"}, {"c"});
  refer(by_default, "alpha", AttributeProto::FLOAT, "scale");
  NodeProto left_off = node_of("LeakyRelu", {"c"}, {"d"});  // alpha is 0.01
  refer(left_off, "alpha", AttributeProto::FLOAT, "absent");
  FunctionProto function = function_of("Mixed", {"a"}, {"d"}, {given, by_default, left_off});
  function.add_attribute("slope");
  function.add_attribute("absent");
  onnx_newer::FunctionFields newer;
  AttributeProto& scale = *newer.add_attribute_proto();
  scale.set_name("scale");
  scale.set_type(AttributeProto::FLOAT);
  scale.set_f(2.0f);
  ASSERT_TRUE(function.MergeFromString(newer.SerializeAsString()));
  add(function);
  call("Mixed", {"x"}, "y").number("slope", 0.5f);

  const std::vector<double> found = run(onnx.import(), {-1.0, 3.0});
  EXPECT_NEAR(found[0], 0.01 * 2.0 * std::expm1(-0.5), 1e-9);
  EXPECT_EQ(found[1], 3.0);
}

TEST_F(Inlining, AnInputMayBeLeftOff) {
  add(function_of("Bounded", {"a", "low", "high"}, {"b"},
                  {node_of("Clip", {"a", "low", "high"}, {"b"})}));
  onnx.floats("most", {}, {2.0f});
  call("Bounded", {"x", "", "most"}, "y");

  EXPECT_THAT(run(onnx.import(), {-1.0, 3.0}), ElementsAre(-1.0, 2.0));
}

TEST_F(Inlining, OverloadsAreToldApart) {
  const std::pair<const char*, const char*> kOverloads[] = {{"first", "Relu"}, {"second", "Neg"}};
  for (const auto& [overload, op_type] : kOverloads) {
    FunctionProto function = function_of("Act", {"a"}, {"b"}, {node_of(op_type, {"a"}, {"b"})});
    onnx_newer::FunctionFields newer;
    newer.set_overload(overload);
    ASSERT_TRUE(function.MergeFromString(newer.SerializeAsString()));
    add(function);
  }
  onnx_newer::NodeFields newer;
  newer.set_overload("second");
  ASSERT_TRUE(call("Act", {"x"}, "y").proto().MergeFromString(newer.SerializeAsString()));

  EXPECT_THAT(run(onnx.import(), {-1.0, 3.0}), ElementsAre(1.0, -3.0));
}

TEST_F(Inlining, AFunctionHasAnOpsetOfItsOwn) {
  // Softmax over all axes from one on, as it was before opset 13.
  FunctionProto function = function_of("Old", {"a"}, {"b"}, {node_of("Softmax", {"a"}, {"b"})});
  auto& imported = *function.add_opset_import();
  imported.set_version(11);
  add(function);
  OnnxBuilder images;
  images.input("x", {-1, 2, 1, 1}).output("y");
  *images.model.add_functions() = function;
  images.node("Old", {"x"}, "y").proto().set_domain("mine");

  const Graph graph = images.import();
  const std::vector<reference::Tensor<double>> inputs = {{Shape({1, 2, 1, 1}), {0.0, 0.0}}};
  EXPECT_THAT(reference::run<double>(graph, inputs)[0].data, ElementsAre(0.5, 0.5));
}

TEST_F(Inlining, CallsThatDoNotFitAreRefused) {
  add(function_of("Act", {"a"}, {"b"}, {node_of("Relu", {"a"}, {"b"})}));
  struct Case {
    std::function<void(NodeEditor)> change;
    Status status;
    std::string text;
  };
  for (const auto& [change, status, text] :
       {Case{[](NodeEditor node) { node.proto().add_input("x"); }, Status::kInvalidModel,
             "2 inputs"},
        Case{[](NodeEditor node) { node.proto().add_output("z"); }, Status::kInvalidModel,
             "2 outputs"},
        Case{[](NodeEditor node) { node.number("alpha", 1.0f); }, Status::kUnsupported,
             "'alpha'"}}) {
    OnnxBuilder copy = onnx;
    NodeEditor node = copy.node("Act", {"x"}, "y");
    node.proto().set_domain("mine");
    change(node);
    expect_error(status, {"'y_node'", text, "function"}, [&] { copy.import(); });
  }
}

TEST_F(Inlining, FunctionsThatCallThemselvesAreRefused) {
  NodeProto there = node_of("B", {"a"}, {"b"}), back = node_of("A", {"a"}, {"b"});
  there.set_domain("mine");
  back.set_domain("mine");
  add(function_of("A", {"a"}, {"b"}, {there}));
  add(function_of("B", {"a"}, {"b"}, {back}));
  onnx.node("Relu", {"x"}, "y");

  expect_error(Status::kInvalidModel, {"function", "calls itself"}, [&] { onnx.import(); });
}

/// f0 calls f1 `calls` times, f1 calls f2 ... to the depth given.
void add_tower(OnnxBuilder& onnx, int depth, int calls) {
  for (int level = 0; level < depth; ++level) {
    std::vector<NodeProto> nodes;
    std::string last = "a";
    for (int i = 0; i < calls; ++i) {
      const bool is_leaf = level + 1 == depth;
      nodes.push_back(node_of(is_leaf ? "Relu" : "f" + std::to_string(level + 1), {last},
                              {"b" + std::to_string(i)}));
      if (!is_leaf) nodes.back().set_domain("mine");
      last = "b" + std::to_string(i);
    }
    *onnx.model.add_functions() = function_of("f" + std::to_string(level), {"a"}, {last}, nodes);
  }
  onnx.node("f0", {"x"}, "y").proto().set_domain("mine");
}

TEST_F(Inlining, CallsThatMakeTooManyNodesAreCountedAndRefused) {
  OnnxBuilder countless = onnx;
  add_tower(onnx, 20, 2);
  expect_error(Status::kUnsupported, {"'y_node' (f0 of domain 'mine')", "2097150 nodes", "100000"},
               [&] { onnx.import(); });
  add_tower(countless, 32, 100);
  expect_error(Status::kUnsupported, {"1000000000 or more nodes"}, [&] { countless.import(); });
}

TEST_F(Inlining, OnlyOneBranchOfEachIfIsCounted) {
  // Each function takes one of two calls of the next, by a condition that is known.
  constexpr int kDepth = 20;
  onnx.integers("yes", {}, {1});
  for (int level = 0; level < kDepth; ++level) {
    NodeProto choice = node_of("If", {"condition"}, {"b"});
    for (const char* branch : {"then_branch", "else_branch"}) {
      AttributeProto& attribute = *choice.add_attribute();
      attribute.set_name(branch);
      attribute.set_type(AttributeProto::GRAPH);
      const bool is_leaf = level + 1 == kDepth;
      NodeProto& inner = *attribute.mutable_g()->add_node();
      inner = is_leaf
                  ? node_of("Neg", {"a"}, {"inside"})
                  : node_of("choose" + std::to_string(level + 1), {"a", "condition"}, {"inside"});
      if (!is_leaf) inner.set_domain("mine");
      attribute.mutable_g()->add_output()->set_name("inside");
    }
    add(function_of("choose" + std::to_string(level), {"a", "condition"}, {"b"}, {choice}));
  }
  call("choose0", {"x", "yes"}, "y");

  EXPECT_THAT(run(onnx.import(), {-1.0, 3.0}), ElementsAre(1.0, -3.0));
}

TEST_F(Inlining, NodesOfFunctionsCountAgainstTheMemoryLimit) {
  add_tower(onnx, 10, 2);
  const std::string bytes = onnx.bytes();
  EXPECT_NO_THROW(import_onnx_bytes(bytes, {.max_memory = 8 << 20}));
  expect_error(Status::kOutOfMemory, {"'y_node' (f0 of domain 'mine') needs", "memory limit"},
               [&] { import_onnx_bytes(bytes, {.max_memory = 2 << 20}); });
}

TEST_F(Inlining, CallsTooDeepAreRefused) {
  add_tower(onnx, 5000, 1);
  expect_error(Status::kUnsupported, {"more than 32 deep"}, [&] { onnx.import(); });
}

/// An If on `condition` with branches Relu(x) and Neg(x).
NodeEditor add_if(OnnxBuilder& onnx, const std::string& condition, const std::string& output) {
  NodeEditor node = onnx.node("If", {condition}, output);
  for (const auto& [branch, op_type] : {std::pair("then_branch", "Relu"), {"else_branch", "Neg"}}) {
    AttributeProto& attribute = node.attribute(branch);
    attribute.set_type(AttributeProto::GRAPH);
    GraphProto& graph = *attribute.mutable_g();
    *graph.add_node() = node_of(op_type, {"x"}, {"inside"});
    *graph.add_node() = node_of("Add", {"inside", "one"}, {"result"});
    auto& one = *graph.add_initializer();
    one.set_name("one");
    one.set_data_type(::onnx::TensorProto::FLOAT);
    one.add_float_data(1.0f);
    graph.add_output()->set_name("result");
  }
  return node;
}

TEST_F(Inlining, AnIfWithAKnownConditionIsItsBranch) {
  onnx.integers("axis", {}, {1});
  onnx.node("Shape", {"x"}, "shape");
  onnx.node("Gather", {"shape", "axis"}, "width");
  onnx.node("Equal", {"width", "expected"}, "holds");
  add_if(onnx, "holds", "y");
  OnnxBuilder other = onnx;
  onnx.integers("expected", {}, {2});
  other.integers("expected", {}, {3});

  EXPECT_THAT(run(onnx.import(), {-1.0, 3.0}), ElementsAre(1.0, 4.0));
  EXPECT_THAT(run(other.import(), {-1.0, 3.0}), ElementsAre(2.0, -2.0));
}

TEST_F(Inlining, ARefusedNodeOfABranchIsToldOnceAndByItself) {
  onnx.integers("axis", {}, {1});
  AttributeProto& taken = add_if(onnx, "axis", "v").proto().mutable_attribute()->at(0);
  taken.mutable_g()->mutable_node(0)->set_op_type("Det");
  onnx.node("NonZero", {"x"}, "y");
  onnx.output("v");
  Refusals refusals;
  EXPECT_THROW(import_onnx_bytes(onnx.bytes(), {.refusals = &refusals}), Error);
  EXPECT_THAT(refusals.texts, ElementsAre(HasSubstr("(Det)"), HasSubstr("(NonZero)")));
}

TEST_F(Inlining, WhatOnlyTheOtherBranchReadsIsNotAsked) {
  onnx.integers("yes", {}, {1});
  onnx.node("CumSum", {"x", "yes"}, "sums");
  onnx.node("Relu", {"x"}, "positive");
  NodeEditor node = add_if(onnx, "yes", "y");
  node.proto().mutable_attribute(0)->mutable_g()->mutable_node(0)->set_input(0, "positive");
  node.proto().mutable_attribute(1)->mutable_g()->mutable_node(0)->set_input(0, "sums");

  EXPECT_THAT(run(onnx.import(), {-1.0, 3.0}), ElementsAre(1.0, 4.0));
}

TEST_F(Inlining, AnIfThatTheNetworkDecidesIsRefused) {
  onnx.node("Cast", {"x"}, "holds").integer("to", ::onnx::TensorProto::BOOL);
  add_if(onnx, "x", "y");
  expect_error(Status::kUnsupported, {"'y_node' (If)", "control flow is not supported"},
               [&] { onnx.import(); });
}

TEST_F(Inlining, AnIfInsideAFunctionReadsWhatIsAroundIt) {
  OnnxBuilder inside;
  NodeProto branch = add_if(inside, "holds", "c").proto();
  NodeProto holds = node_of("Equal", {"k", "k"}, {"holds"});
  FunctionProto function =
      function_of("Choose", {"raw", "k"}, {"c"}, {node_of("Neg", {"raw"}, {"x"}), holds, branch});
  add(function);
  onnx.integers("k", {}, {2});
  call("Choose", {"x", "k"}, "y");

  EXPECT_THAT(run(onnx.import(), {-1.0, 3.0}), ElementsAre(2.0, 1.0));  // Relu(-x) + 1
}

// --- what nobody reads ---

TEST_F(Inlining, NodesThatNobodyReadsAreDroppedBeforeTheyAreRefused) {
  onnx.node("Relu", {"x"}, "y");
  onnx.node("Einsum", {"x"}, "u");
  onnx.node("LSTM", {"u", "u", "u"}, "v");
  onnx.node("Relu", {"nowhere"}, "w");

  EXPECT_THAT(node_names(onnx.import()), ElementsAre("y_node"));
}

TEST_F(Inlining, WhatOnlySuchNodesReadCountsAsUnread) {
  onnx.input("text", {-1, 2});
  onnx.model.mutable_graph()
      ->mutable_input(1)
      ->mutable_type()
      ->mutable_tensor_type()
      ->set_elem_type(::onnx::TensorProto::STRING);
  onnx.node("Relu", {"x"}, "positive");
  onnx.node("Dropout", {"positive"}, "y").proto().add_output("mask");
  onnx.node("Not", {"mask"}, "u");
  onnx.node("Identity", {"text"}, "v");

  const Graph graph = onnx.import();
  EXPECT_THAT(node_names(graph), ElementsAre("positive_node"));
  EXPECT_EQ(graph.inputs.size(), 2u);
}

TEST_F(Inlining, SplitPartsThatNobodyReadsGo) {
  onnx.node("Split", {"x"}, "a").integer("axis", 1).proto().add_output("b");
  onnx.node("Relu", {"b"}, "y");

  EXPECT_EQ(onnx.import().nodes.size(), 2u);  // a Gather and Relu
}

}  // namespace
}  // namespace ockham::converters::tests
