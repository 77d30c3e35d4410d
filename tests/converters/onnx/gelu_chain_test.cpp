// Gelu as exporters spell it where ONNX has no operator for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/error.h"
#include "runtime/reference/reference.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using testing::ElementsAre;

/// A model whose constants are the numbers of the chain, of rank 0.
OnnxBuilder numbers_model(const Dims& input) {
  OnnxBuilder onnx;
  onnx.input("x", input).output("y");
  onnx.floats("root", {}, {std::sqrt(2.0f)});
  onnx.floats("one_by_root", {}, {std::sqrt(0.5f)});
  onnx.floats("one", {}, {1.0f});
  onnx.floats("two", {}, {2.0f});
  onnx.floats("half", {}, {0.5f});
  return onnx;
}

/// "gate" is 1 + erf(`x` / sqrt(2)).
void add_gate(OnnxBuilder& onnx, const std::string& x = "x", const std::string& gate = "gate") {
  onnx.node("Div", {x, "root"}, gate + ".scaled");
  onnx.node("Erf", {gate + ".scaled"}, gate + ".erf");
  onnx.node("Add", {gate + ".erf", "one"}, gate);
}

std::vector<std::string> operators(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) {
    const auto* unary = std::get_if<Unary>(&node.op);
    names.emplace_back(unary != nullptr ? name_of(unary->kind) : operator_name(node.op));
  }
  return names;
}

void expect_gelu(const Graph& graph) {
  EXPECT_THAT(operators(graph), ElementsAre("gelu"));
  EXPECT_EQ(graph.nodes[0].inputs, graph.inputs);
  EXPECT_EQ(graph.nodes[0].name, "y_node");
  EXPECT_EQ(graph.values.size(), 2u) << "the chain's constants are gone";
}

TEST(ImportGeluChain, HalvedAtTheEnd) {
  OnnxBuilder onnx = numbers_model({-1, 3, 4, 4});
  add_gate(onnx);
  onnx.node("Mul", {"x", "gate"}, "product");
  onnx.node("Mul", {"product", "half"}, "y");
  expect_gelu(onnx.import());
}

TEST(ImportGeluChain, HalvedAtTheEndInAnotherOrder) {
  OnnxBuilder onnx = numbers_model({-1, 3});
  onnx.node("Mul", {"one_by_root", "x"}, "scaled");
  onnx.node("Erf", {"scaled"}, "erf");
  onnx.node("Add", {"one", "erf"}, "gate");
  onnx.node("Mul", {"gate", "x"}, "product");
  onnx.node("Mul", {"half", "product"}, "y");
  expect_gelu(onnx.import());
}

TEST(ImportGeluChain, HalvedAtTheBeginning) {
  for (const bool divides : {false, true}) {
    OnnxBuilder onnx = numbers_model({-1, 3, 4, 4});
    divides ? onnx.node("Div", {"x", "two"}, "small") : onnx.node("Mul", {"x", "half"}, "small");
    add_gate(onnx);
    onnx.node("Mul", {"small", "gate"}, "y");
    expect_gelu(onnx.import());
  }
}

TEST(ImportGeluChain, WithTheGateHalved) {
  OnnxBuilder onnx = numbers_model({-1, 3, 4, 4});
  add_gate(onnx);
  onnx.node("Mul", {"half", "gate"}, "small");
  onnx.node("Mul", {"small", "x"}, "y");
  expect_gelu(onnx.import());
}

TEST(ImportGeluChain, OfOneDimensionalNetworks) {
  OnnxBuilder onnx = numbers_model({-1, 2, 5});
  onnx.counted("w", {3, 2, 1});
  onnx.node("Conv", {"x", "w"}, "before");
  add_gate(onnx, "before");
  onnx.node("Mul", {"before", "gate"}, "product");
  onnx.node("Mul", {"product", "half"}, "after");
  onnx.counted("v", {1, 3, 1});
  onnx.node("Conv", {"after", "v"}, "y");
  EXPECT_THAT(operators(onnx.import()),
              ElementsAre("reshape", "conv2d", "gelu", "conv2d", "reshape"));
}

TEST(ImportGeluChain, WhatOthersReadOfItStays) {
  OnnxBuilder onnx = numbers_model({-1, 3, 4, 4});
  add_gate(onnx);
  onnx.node("Mul", {"x", "gate"}, "product");
  onnx.node("Mul", {"product", "half"}, "y");
  onnx.node("Relu", {"gate.erf"}, "z");
  onnx.output("z");
  EXPECT_THAT(operators(onnx.import()), ElementsAre("div", "erf", "gelu", "relu"));
}

/// The chain with one thing changed is no Gelu.
TEST(ImportGeluChain, NothingElseIsTakenForIt) {
  const auto expect_chain = [](OnnxBuilder& onnx) {
    const std::vector<std::string> names = operators(onnx.import());
    EXPECT_THAT(names, testing::Contains("erf"));
    EXPECT_THAT(names, testing::Not(testing::Contains("gelu")));
  };
  OnnxBuilder twice = numbers_model({-1, 3});
  add_gate(twice);
  twice.node("Mul", {"x", "gate"}, "product");
  twice.node("Mul", {"product", "two"}, "y");
  expect_chain(twice);

  OnnxBuilder another_gate = numbers_model({-1, 3});
  another_gate.node("Relu", {"x"}, "r");
  add_gate(another_gate, "r");
  another_gate.node("Mul", {"x", "gate"}, "product");
  another_gate.node("Mul", {"product", "half"}, "y");
  expect_chain(another_gate);

  OnnxBuilder per_channel = numbers_model({-1, 3});
  per_channel.floats("halves", {3}, {0.5f, 0.5f, 0.25f});
  add_gate(per_channel);
  per_channel.node("Mul", {"x", "gate"}, "product");
  per_channel.node("Mul", {"product", "halves"}, "y");
  expect_chain(per_channel);

  OnnxBuilder unscaled = numbers_model({-1, 3});
  unscaled.node("Erf", {"x"}, "erf");
  unscaled.node("Add", {"erf", "one"}, "gate");
  unscaled.node("Mul", {"x", "gate"}, "product");
  unscaled.node("Mul", {"product", "half"}, "y");
  expect_chain(unscaled);
}

TEST(ImportGeluChain, MoreAxesThanThoseOfXAreRefused) {
  OnnxBuilder onnx = numbers_model({-1, 3});
  onnx.floats("deep_half", {1, 1, 1}, {0.5f});
  add_gate(onnx);
  onnx.node("Mul", {"x", "gate"}, "product");
  onnx.node("Mul", {"product", "deep_half"}, "y");
  EXPECT_THROW(onnx.import(), Error);

  OnnxBuilder mixed = numbers_model({-1, 3, 1, 5});
  mixed.integers("axis", {1}, {2});
  mixed.node("Squeeze", {"x", "axis"}, "flat");
  mixed.node("Mul", {"flat", "half"}, "small");
  add_gate(mixed);
  mixed.node("Mul", {"small", "gate"}, "y");
  EXPECT_THROW(mixed.import(), Error);
}

TEST(ImportGeluChain, ComputesWhatTheChainDoes) {
  OnnxBuilder onnx = numbers_model({-1, 4});
  add_gate(onnx);
  onnx.node("Mul", {"x", "gate"}, "product");
  onnx.node("Mul", {"product", "half"}, "y");
  onnx.output("gate");  // so that what the chain computes is known
  const reference::Tensor<double> x{{1, 4}, {-2.0, -0.25, 0.5, 3.0}};
  const auto outputs = reference::run<double>(onnx.import(), std::span(&x, 1));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(outputs[0].data[i], x.data[i] * outputs[1].data[i] / 2, 1e-6);
  }
}

}  // namespace
}  // namespace ockham::converters::tests
