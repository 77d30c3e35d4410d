#include "runtime/graph/validate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <ostream>

#include "tests/cases/expect_error.h"
#include "tests/cases/operator_cases.h"
#include "tests/cases/test_networks.h"

namespace ockham {
namespace {

using tests::expect_error;

constexpr std::int64_t kN = Shape::kBatch;

/// image -> fc (weight, bias) -> relu, all sound.
Graph sound_graph() {
  tests::NetworkBuilder builder(1);
  return builder.build(
      builder.relu("relu", builder.linear("fc", builder.input("image", {kN, 3}), 2)));
}

/// One way to break the sound graph, and what the refusal must say.
struct Defect {
  const char* name;
  std::function<void(Graph&)> apply;
  const char* message;
};

std::ostream& operator<<(std::ostream& out, const Defect& defect) { return out << defect.name; }

Value& named(Graph& graph, const char* name) { return graph.value(graph.find_value(name)); }

std::vector<Defect> defects() {
  return {
      {"NoInputs", [](Graph& g) { g.inputs.clear(); }, "no inputs"},
      {"NoOutputs", [](Graph& g) { g.outputs.clear(); }, "no outputs"},
      {"InputOutOfRange", [](Graph& g) { g.inputs = {99}; }, "graph input: value index 99"},
      {"InputNegative", [](Graph& g) { g.inputs = {-1}; }, "graph input: value index -1"},
      {"InputTwice", [](Graph& g) { g.inputs.push_back(g.inputs[0]); }, "listed twice as input"},
      {"InputIsConstant", [](Graph& g) { g.inputs.push_back(g.find_value("fc.bias")); },
       "value 'fc.bias': listed twice as input, or a constant"},
      {"OutputOutOfRange", [](Graph& g) { g.outputs = {99}; }, "graph output: value index 99"},
      {"OutputTwice", [](Graph& g) { g.outputs.push_back(g.outputs[0]); },
       "value 'relu': listed twice as output"},
      {"OutputIsConstant", [](Graph& g) { g.outputs = {g.find_value("fc.bias")}; },
       "value 'fc.bias': an output cannot be a constant"},
      {"ValueWithoutName", [](Graph& g) { named(g, "relu").name.clear(); }, "has no name"},
      {"ValueNameTwice", [](Graph& g) { named(g, "relu").name = "fc"; },
       "value 'fc': the name is used twice"},
      {"NodeWithoutName", [](Graph& g) { g.nodes[1].name.clear(); }, "a node (relu) has no name"},
      {"NodeNameTwice", [](Graph& g) { g.nodes[1].name = "fc"; },
       "node 'fc' (relu): the name is used twice"},
      {"ElementType", [](Graph& g) { named(g, "fc").type = static_cast<ElementType>(7); },
       "value 'fc': element type 7 is unknown"},
      {"IndexAsInput", [](Graph& g) { named(g, "image").type = ElementType::kInt64; },
       "input: value 'image' has elements of int64, expected float32"},
      {"IndexAsConstant", [](Graph& g) { named(g, "fc.bias").type = ElementType::kInt64; },
       "constant: value 'fc.bias' has elements of int64"},
      {"IndexOfALayer", [](Graph& g) { named(g, "relu").type = ElementType::kInt64; },
       "value 'relu' has another element type than the operator's"},
      {"IndexRead",
       [](Graph& g) {
         g.nodes[0].op = ArgExtreme{};
         g.nodes[0].inputs.resize(1);
         named(g, "fc").shape = {kN, 1};
         named(g, "fc").type = ElementType::kInt64;
       },
       "value 'fc' has elements of int64, expected float32"},
      {"ScaleOfZero",
       [](Graph& g) {
         const ValueId zero = g.add_constant("zero", {1}, std::vector<float>{0.0f});
         g.nodes[1].op = FakeQuantize{};
         g.nodes[1].inputs.insert(g.nodes[1].inputs.end(), {zero, zero});
       },
       "a scale is 0, expected a positive number"},
      {"ZeroPointOutsideItsType",
       [](Graph& g) {
         const ValueId number = g.add_constant("number", {1}, std::vector<float>{256.0f});
         g.nodes[1].op = FakeQuantize{};
         g.nodes[1].inputs.insert(g.nodes[1].inputs.end(), {number, number});
       },
       "a zero point is 256, expected a whole number of uint8"},
      {"RankZero", [](Graph& g) { named(g, "image").shape = Shape{}; },
       "value 'image': rank 0, expected 1 to 8"},
      {"RankNine", [](Graph& g) { named(g, "image").shape = {kN, 1, 1, 1, 1, 1, 1, 1, 1}; },
       "value 'image': rank 9, expected 1 to 8"},
      {"ExtentZero",
       [](Graph& g) {
         named(g, "image").shape = {kN, 0};
       },
       "value 'image': extent 0 on axis 1"},
      {"ExtentNegative",
       [](Graph& g) {
         named(g, "image").shape = {kN, -1};
       },
       "value 'image': extent -1 on axis 1"},
      {"TooManyElements",
       [](Graph& g) {
         named(g, "image").shape = {kN, 1 << 30, 1 << 30};
       },
       "too many elements"},
      {"ActivationWithoutBatch",
       [](Graph& g) {
         named(g, "image").shape = {1, 3};
       },
       "value 'image': shape [1, 3]: axis 0 of an activation must be the batch"},
      {"ConstantWithBatch",
       [](Graph& g) {
         named(g, "fc.bias").shape = {kN, 2};
       },
       "value 'fc.bias': shape [N, 2]: a constant has no batch axis"},
      {"ConstantSize", [](Graph& g) { named(g, "fc.bias").constant = own({1.0f}); },
       "value 'fc.bias': 1 elements, expected 2"},
      {"ConstantInfinite",
       [](Graph& g) {
         named(g, "fc.bias").constant = own({1.0f, HUGE_VALF});
       },
       "value 'fc.bias': element 1 is not finite"},
      {"ConstantNotANumber",
       [](Graph& g) {
         named(g, "fc.bias").constant = own({std::nanf(""), 1.0f});
       },
       "value 'fc.bias': element 0 is not finite"},
      {"NodeInputOutOfRange", [](Graph& g) { g.nodes[0].inputs[0] = 50; },
       "node 'fc' (linear): input index 50"},
      {"NodeOutputOutOfRange", [](Graph& g) { g.nodes[1].outputs = {50}; },
       "node 'relu' (relu): value index 50"},
      {"NodeWithTwoOutputs", [](Graph& g) { g.nodes[1].outputs.push_back(0); },
       "node 'relu' (relu): 2 outputs, expected 1"},
      {"NodeWithoutOutputs", [](Graph& g) { g.nodes[1].outputs.clear(); },
       "node 'relu' (relu): 0 outputs, expected 1"},
      {"NodesInWrongOrder", [](Graph& g) { std::swap(g.nodes[0], g.nodes[1]); },
       "node 'relu' (relu): reads value 'fc' before it is computed"},
      {"NodeReadsItself", [](Graph& g) { g.nodes[1].inputs = g.nodes[1].outputs; },
       "node 'relu' (relu): reads value 'relu' before it is computed"},
      {"TwoProducers", [](Graph& g) { g.nodes[1].outputs = g.nodes[0].outputs; },
       "value 'fc' has two producers"},
      {"WritesConstant", [](Graph& g) { g.nodes[1].outputs = {g.find_value("fc.bias")}; },
       "value 'fc.bias' has two producers"},
      {"OutputShape",
       [](Graph& g) {
         named(g, "fc").shape = {kN, 3};
       },
       "output 'fc' has shape [N, 3], expected [N, 2]"},
      {"NothingComputesIt",
       [](Graph& g) {
         g.values.push_back({.name = "lost", .shape = {kN, 1}});
       },
       "value 'lost': nothing computes it"},
      {"OperatorRule", [](Graph& g) { g.nodes[1].op = Unary{static_cast<UnaryKind>(99)}; },
       "kind 99, expected 0 (relu)"},
  };
}

class ValidateDefects : public testing::TestWithParam<Defect> {};

TEST_P(ValidateDefects, RefusesByName) {
  Graph graph = sound_graph();
  GetParam().apply(graph);
  expect_error(Status::kInvalidModel, {GetParam().message}, [&] { validate(graph); });
}

INSTANTIATE_TEST_SUITE_P(Graph, ValidateDefects, testing::ValuesIn(defects()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Validate, RefusesANegativeVariance) {
  Graph graph;
  const ValueId x = graph.add_input("x", {kN, 2});
  const auto statistics = [&](const char* name, std::vector<float> values) {
    return graph.add_constant(name, {2}, std::move(values));
  };
  const ValueId ones = statistics("ones", {1.0f, 1.0f});
  const ValueId variance = statistics("variance", {1.0f, -0.5f});
  graph.outputs = {graph.add_node("norm", BatchNorm{}, {x, ones, ones, ones, variance})};
  expect_error(Status::kInvalidModel, {"norm", "variance is -0.5"}, [&] { validate(graph); });
}

TEST(Validate, AcceptsEveryOperatorCase) {
  for (const OperatorCase& problem : operator_cases()) {
    EXPECT_NO_THROW(validate(problem.graph)) << problem.name;
  }
}

TEST(Graph, AnswersWhoProducesAndReadsAValue) {
  const Graph graph = sound_graph();
  const ValueId image = graph.find_value("image"), fc = graph.find_value("fc");
  EXPECT_EQ(graph.producer(image), -1);
  EXPECT_EQ(graph.producer(fc), 0);
  EXPECT_EQ(graph.readers(fc), std::vector<NodeId>{1});
  EXPECT_TRUE(graph.readers(graph.find_value("relu")).empty());
  EXPECT_TRUE(graph.is_output(graph.find_value("relu")));
  EXPECT_FALSE(graph.is_output(fc));
  EXPECT_EQ(graph.find_value("nobody"), -1);
}

TEST(Graph, RefusesAConstantOfTheWrongSize) {
  Graph graph = sound_graph();
  expect_error(Status::kInvalidArgument, {"constant 'c' has 2 elements", "[3]"}, [&] {
    graph.add_constant("c", {3}, std::vector<float>{1.0f, 2.0f});
  });
  expect_error(Status::kInvalidArgument, {"constant 'fc.bias' has 1 elements"},
               [&] { graph.set_constant(graph.find_value("fc.bias"), {2}, {1.0f}); });
}

TEST(Graph, KeepsReplacedElementsForOtherHolders) {
  Graph graph = sound_graph();
  const Graph before = graph;
  const ValueId bias = graph.find_value("fc.bias");
  const float old = before.value(bias).constant.floats[0];
  graph.set_constant(bias, {2}, {old + 1.0f, 0.0f});
  EXPECT_EQ(before.value(bias).constant.floats[0], old);
  EXPECT_EQ(graph.value(bias).constant.floats[0], old + 1.0f);
}

}  // namespace
}  // namespace ockham
