// TorchGraph against the reference executor, on the operator cases that every executor runs.

#include "training/torch/torch_graph.h"

#include <gtest/gtest.h>

#include "runtime/reference/reference.h"
#include "tests/cases/operator_cases.h"
#include "tests/training/small_networks.h"

namespace ockham::training::test {
namespace {

reference::Tensor<double> random_input(const Value& value, std::int64_t batch, std::uint32_t seed) {
  const Shape shape = value.shape.with_batch(batch);
  const std::vector<float> floats = random_floats(shape.elements(), seed);
  return {shape, {floats.begin(), floats.end()}};
}

torch::Tensor to_torch(const reference::Tensor<double>& tensor) {
  return torch::tensor(tensor.data, doubles()).reshape(tensor.shape.dims());
}

class TorchConformance : public testing::TestWithParam<OperatorCase> {};

TEST_P(TorchConformance, AgreesWithTheReferenceInDouble) {
  const Graph& graph = GetParam().graph;
  std::vector<reference::Tensor<double>> inputs;
  std::vector<torch::Tensor> tensors;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    inputs.push_back(random_input(graph.value(graph.inputs[i]), 3, static_cast<std::uint32_t>(i)));
    tensors.push_back(to_torch(inputs.back()));
  }
  const auto expected = reference::run<double>(graph, inputs);
  TorchGraph network(graph, doubles());
  LayerHooks plain;
  const auto found = network.forward(tensors, Mode::kEvaluate, plain);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const torch::Tensor wanted = to_torch(expected[i]);
    ASSERT_EQ(found[i].sizes(), wanted.sizes());
    EXPECT_LE((found[i] - wanted).abs().max().item<double>(),
              1e-12 * wanted.abs().max().item<double>());
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, TorchConformance, testing::ValuesIn(operator_cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST(TorchGraph, WritesBackTheBitsItWasGiven) {
  const Graph graph = small_network();
  const Graph written = TorchGraph(graph, torch::TensorOptions().dtype(torch::kFloat32)).to_graph();
  ASSERT_EQ(written.values.size(), graph.values.size());
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const auto& before = graph.values[i].constant.floats;
    const auto& after = written.values[i].constant.floats;
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin(), after.end()));
  }
}

/// conv - batch norm on [1, 4, 4], momentum 0.75.
Graph with_batch_norm() {
  Graph graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 1, 4, 4});
  const auto vector = [&](const char* name, float value) {
    return graph.add_constant(name, {1}, std::vector<float>{value});
  };
  graph.outputs = {graph.add_node(
      "bn", BatchNorm{.momentum = 0.75f},
      {x, vector("scale", 1), vector("shift", 0), vector("mean", 4), vector("variance", 8)})};
  return graph;
}

TEST(TorchGraph, TrainingModeMovesRunningStatisticsByMomentum) {
  TorchGraph network(with_batch_norm(), doubles());
  const torch::Tensor x = torch::full({2, 1, 4, 4}, 12.0, doubles());
  LayerHooks plain;
  network.forward({x}, Mode::kTrain, plain);
  EXPECT_NEAR(network.tensors().at("mean").item<double>(), 0.75 * 4 + 0.25 * 12, 1e-12);
  EXPECT_NEAR(network.tensors().at("variance").item<double>(), 0.75 * 8, 1e-12);
  EXPECT_FALSE(network.tensors().at("mean").requires_grad());
  EXPECT_TRUE(network.tensors().at("scale").requires_grad());
}

/// relu of [1, 100, 100], all ones.
torch::Tensor of_ones(TorchGraph& network, Mode mode) {
  LayerHooks plain;
  return network.forward({torch::ones({1, 1, 100, 100}, doubles())}, mode, plain)[0];
}

TEST(TorchGraph, DropsElementsWhileTrainingAndKeepsTheMean) {
  Graph graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 1, 100, 100});
  graph.outputs = {graph.add_node("relu", Unary{.kind = UnaryKind::kRelu}, {x})};
  TorchGraph network(graph, doubles());
  network.set_dropout({{"relu", 0.25}});
  network.seed_dropout(7);
  const torch::Tensor first = of_ones(network, Mode::kTrain);
  EXPECT_TRUE(((first == 0.0) | (first == 1.0 / 0.75)).all().item<bool>());
  EXPECT_NEAR(first.mean().item<double>(), 1.0, 0.03);
  EXPECT_FALSE(torch::equal(of_ones(network, Mode::kTrain), first)) << "another step";
  network.seed_dropout(7);
  EXPECT_TRUE(torch::equal(of_ones(network, Mode::kTrain), first));
  EXPECT_TRUE((of_ones(network, Mode::kEvaluate) == 1.0).all().item<bool>());
  network.set_dropout({});
  EXPECT_TRUE((of_ones(network, Mode::kTrain) == 1.0).all().item<bool>());
}

}  // namespace
}  // namespace ockham::training::test
