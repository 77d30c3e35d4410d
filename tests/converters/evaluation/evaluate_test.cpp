// The converters' executor against the reference executor: the same numbers, bit for bit.
#include "converters/evaluation/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/cases/case_inputs.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using reference::Tensor;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <class T>
std::vector<Tensor<T>> tensors(const Graph& graph, std::int64_t batch, const Arrays& inputs) {
  std::vector<Tensor<T>> made;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    made.push_back({graph.value(graph.inputs[i]).shape.with_batch(batch),
                    {inputs[i].begin(), inputs[i].end()}});
  }
  return made;
}

template <class T>
void expect_same_numbers(const std::vector<Tensor<T>>& found,
                         const std::vector<Tensor<T>>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].shape, expected[i].shape);
    for (std::size_t k = 0; k < found[i].data.size(); ++k) {
      const T a = found[i].data[k], b = expected[i].data[k];
      ASSERT_TRUE(a == b || (std::isnan(a) && std::isnan(b)))
          << "output " << i << " element " << k << ": " << a << ", expected " << b;
    }
  }
}

template <class T>
void expect_same_as_reference(const Graph& graph, std::int64_t batch, const Arrays& inputs) {
  const auto given = tensors<T>(graph, batch, inputs);
  expect_same_numbers<T>(evaluate<T>(graph, given, floats_of<T>(graph)),
                         reference::run<T>(graph, given));
}

void expect_same_in_both_types(const Graph& graph, std::int64_t batch, const Arrays& inputs) {
  expect_same_as_reference<float>(graph, batch, inputs);
  expect_same_as_reference<double>(graph, batch, inputs);
}

class Evaluation : public testing::TestWithParam<OperatorCase> {};

TEST_P(Evaluation, IsTheReference) {
  const Graph& graph = GetParam().graph;
  for (const std::int64_t batch : {1, 3}) {
    expect_same_in_both_types(graph, batch, random_inputs(graph, batch));
  }
}

TEST_P(Evaluation, KeepsWhatIsNotFinite) {
  const Graph& graph = GetParam().graph;
  for (const float with : kNotFinite) {
    SCOPED_TRACE(with);
    expect_same_in_both_types(graph, 2, spoilt_inputs(graph, 2, with));
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, Evaluation, testing::ValuesIn(operator_cases()),
                         [](const testing::TestParamInfo<OperatorCase>& test) {
                           return test.param.name;
                         });

/// A convolution whose extents lie around the borders of blocks and tiles.
Graph random_convolution(std::mt19937& random) {
  const auto pick = [&](std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
  };
  Conv2d op;
  op.groups = pick(0, 2) == 0 ? pick(2, 4) : 1;
  for (const int axis : {0, 1}) {
    op.window.kernel[axis] = pick(1, 5);
    op.window.stride[axis] = pick(1, 3);
    op.window.dilation[axis] = pick(1, 3);
    op.window.pad_begin[axis] = pick(0, 6);
    op.window.pad_end[axis] = pick(0, 6);
  }
  tests::NetworkBuilder net(random());
  const ValueId x =
      net.input("x", {Shape::kBatch, op.groups * pick(1, 40), pick(13, 25), pick(13, 25)});
  return net.build(net.conv2d("conv", x, op.groups * pick(1, 20), op, pick(0, 1) == 0));
}

TEST(Evaluation, OfConvolutionsAroundTheBordersOfBlocks) {
  std::mt19937 random(1);
  for (int i = 0; i < 100; ++i) {
    SCOPED_TRACE(i);
    const Graph graph = random_convolution(random);
    const std::int64_t batch = 1 + i % 3;
    expect_same_in_both_types(graph, batch, random_inputs(graph, batch));
    expect_same_in_both_types(graph, batch, spoilt_inputs(graph, batch, kInfinity));
  }
}

TEST(Evaluation, OfLinearLayersAroundTheBordersOfBlocks) {
  for (const std::int64_t inputs : {1, 255, 256, 257, 700}) {
    for (const std::int64_t neurons : {1, 6, 13}) {
      tests::NetworkBuilder net(1);
      const Graph graph =
          net.build(net.linear("fc", net.input("x", {Shape::kBatch, inputs}), neurons));
      for (const std::int64_t batch : {1, 17, 250}) {
        expect_same_in_both_types(graph, batch, random_inputs(graph, batch));
      }
    }
  }
}

TEST(Evaluation, OfWholeNetworks) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = tests::random_network(seed);
    expect_same_in_both_types(graph, 2, random_inputs(graph, 2));
  }
}

TEST(Evaluation, ReadsConstantsWhereItIsTold) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2});
  const ValueId fc = net.linear("fc", x, 1);
  const Graph graph =
      net.build(net.binary("y", BinaryKind::kMul, fc, net.constant("two", {1}, 2, 0)));
  const ReadConstant<double> read = [&](ValueId id, std::int64_t first, std::span<double> out) {
    for (double& element : out) element = graph.value(id).name == "two" ? 10.0 : 1.0 + first++;
  };
  const std::vector<Tensor<double>> inputs = {{{1, 2}, {100, 1000}}};
  // (1 * 100 + 2 * 1000 + 1) * 10
  EXPECT_EQ(evaluate<double>(graph, inputs, read)[0].data, std::vector<double>{21010});
}

TEST(Evaluation, TellsWhatEachNodeComputed) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2});
  const Graph graph = net.build(net.unary("neg", net.relu("relu", x), {UnaryKind::kNeg}));
  std::vector<NodeId> nodes;
  const auto computed = [&](NodeId node, std::span<double> output) {
    nodes.push_back(node);
    output[0] += 1.0;
  };
  const std::vector<Tensor<double>> inputs = {{{1, 2}, {5, -5}}};
  const auto y = evaluate<double>(graph, inputs, floats_of<double>(graph), computed);
  EXPECT_EQ(nodes, (std::vector<NodeId>{0, 1}));
  EXPECT_EQ(y[0].data, (std::vector<double>{-5, 0})) << "relu + 1 is 6, its negative + 1 is -5";
}

TEST(Evaluation, KeepsInputsAndValuesThatAreOutputs) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2});
  const ValueId relu = net.relu("relu", x);
  const ValueId neg = net.unary("neg", relu, {UnaryKind::kNeg});
  const Graph graph = net.build({relu, neg});
  expect_same_in_both_types(graph, 2, random_inputs(graph, 2));
}

TEST(Evaluation, RefusesInputsOfAnotherShape) {
  tests::NetworkBuilder net(1);
  const Graph graph = net.build(net.relu("relu", net.input("x", {Shape::kBatch, 2})));
  const std::vector<Tensor<double>> inputs = {{{1, 3}, {1, 2, 3}}};
  tests::expect_error(Status::kInvalidArgument, {"input 'x'", "[1, 3]"},
                      [&] { evaluate<double>(graph, inputs, floats_of<double>(graph)); });
}

}  // namespace
}  // namespace ockham::converters
