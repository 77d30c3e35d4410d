// Networks in which rounding matters, and wrong compactions of networks in which it does not: the
// first must pass verification and open, the others must be caught.
#include "converters/pruning/rounding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>
#include <string>

#include "converters/pruning/conversion.h"
#include "converters/pruning/self_test.h"
#include "converters/pruning/verify.h"
#include "runtime/graph/difference.h"
#include "runtime/session/session.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/seed_count.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

/// Converts as ockham-convert does, and opens the result with all its kernels.
Agreement convert_and_open(const Graph& network, std::uint64_t seed = 1,
                           const std::optional<SelfTest>& sample = std::nullopt) {
  const Conversion conversion = convert(network);
  SelfTest test = make_self_test(network, sample, seed);
  const Agreement agreement =
      verify(network, conversion.compacted.graph, conversion.compacted.exact, test, seed);
  test.allowed = agreement.allowed;
  const auto model =
      Model::from_contents({.graph = conversion.compacted.graph, .self_test = std::move(test)});
  Session session(model, {});
  return agreement;
}

/// Gives all elements of a constant this number.
void set_constant(Graph& graph, const std::string& name, float element) {
  const std::int64_t count = graph.value(graph.find_value(name)).shape.elements();
  tests::set_elements(graph, name, std::vector<float>(static_cast<std::size_t>(count), element));
}

/// Each batch norm takes off a mean a thousand times as large as what is left.
Graph cancelling_network(int depth, float mean) {
  tests::NetworkBuilder net(3);
  ValueId x = net.input("x", {Shape::kBatch, 4, 6, 6});
  for (int i = 0; i < depth; ++i) {
    const std::string at = std::to_string(i);
    x = net.batch_norm("bn" + at, net.conv("conv" + at, x, 4, {.kernel = 1}));
  }
  Graph graph = net.build(x);
  for (int i = 0; i < depth; ++i) {
    set_constant(graph, "conv" + std::to_string(i) + ".bias", mean);
    set_constant(graph, "bn" + std::to_string(i) + ".mean", mean);
  }
  return graph;
}

TEST(Rounding, LargeTermsThatCancelConvertAndOpen) {
  for (const float mean : {1.0f, 100.0f, 1000.0f, 30000.0f}) {
    SCOPED_TRACE(mean);
    EXPECT_NO_THROW(convert_and_open(cancelling_network(1, mean)));
  }
  EXPECT_NO_THROW(convert_and_open(cancelling_network(8, 100.0f)));
}

TEST(Rounding, FortyBatchNormsConvertAndOpen) {
  for (const float mean : {0.0f, 0.5f})
    EXPECT_NO_THROW(convert_and_open(cancelling_network(40, mean)));
}

/// y = (w x + b) - (w x + b'), where both sides are almost the same.
Graph almost_zero(float bias, float almost) {
  tests::NetworkBuilder net(5);
  const ValueId x = net.input("x", {Shape::kBatch, 8});
  const ValueId a = net.linear("a", x, 3), b = net.linear("b", x, 3);
  Graph graph = net.build(net.binary("y", BinaryKind::kSub, a, b));
  const auto weight = graph.value(graph.find_value("a.weight")).constant.floats;
  tests::set_elements(graph, "b.weight", {weight.begin(), weight.end()});
  set_constant(graph, "a.bias", bias);
  set_constant(graph, "b.bias", almost);
  return graph;
}

TEST(Rounding, AnswersThatAreSmallByChanceConvertAndOpen) {
  for (const float bias : {0.0f, 1.0f, 1000.0f}) {
    EXPECT_NO_THROW(convert_and_open(almost_zero(bias, std::nextafter(bias, 2000.0f))));
  }
}

/// Sessions compute a batch norm as factor x + shift: both large where x - mean, which the
/// reference computes first, is small and exact.
TEST(Rounding, BatchNormsThatTakeOffALargeMeanOpen) {
  for (const float mean : {100.0f, 1000.0f, 30000.0f}) {
    SCOPED_TRACE(mean);
    tests::NetworkBuilder net(1);
    Graph graph = net.build(net.batch_norm("bn", net.input("x", {Shape::kBatch, 4, 6, 6})));
    set_constant(graph, "bn.mean", mean);
    SelfTest sample{.batch = 1, .inputs = {{}}};
    for (int i = 0; i < 4 * 6 * 6; ++i) {
      sample.inputs[0].push_back(mean + 0.25f * static_cast<float>(i % 7 - 3));
    }
    EXPECT_NO_THROW(convert_and_open(graph, 1, sample));
  }
}

TEST(Rounding, RandomNetworksThatMakeMuchOfItOpen) {
  for (std::uint64_t seed = 0; seed < tests::seed_count(300); ++seed) {
    SCOPED_TRACE(seed);
    EXPECT_NO_THROW(convert_and_open(tests::random_delicate_network(seed), seed));
  }
}

// 1e30 times 1e30 is infinite in float.
TEST(Rounding, ASampleWithoutAFiniteAnswerIsRefused) {
  tests::NetworkBuilder net(3);
  Graph graph = net.build(net.linear("fc", net.input("x", {Shape::kBatch, 2}), 2));
  set_constant(graph, "fc.weight", 1e30f);
  const SelfTest sample{.batch = 1, .inputs = {{1e30f, 1e30f}}};
  tests::expect_error(Status::kVerification, {"answers the sample with infinity"},
                      [&] { convert_and_open(graph, 1, sample); });
}

/// A normalisation spelled out: x - mean(x), where x is a large bias and little else. What rounds
/// is x, which no constant is off by.
TEST(Rounding, MeansThatAreComputedAndTakenOffOpen) {
  for (const float bias : {100.0f, 1000.0f, 30000.0f}) {
    SCOPED_TRACE(bias);
    tests::NetworkBuilder net(2);
    const ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 4, 8, 8}), 4, {.pad = 1});
    const ValueId mean = net.pool("mean", x, {PoolKind::kAverage, {.kernel = {8, 8}}});
    Graph graph = net.build(net.binary("y", BinaryKind::kSub, x, mean));
    set_constant(graph, "conv.bias", bias);
    EXPECT_NO_THROW(convert_and_open(graph));
  }
}

/// conv - quantise - conv - quantise - linear: where a number lies between two of the grid, one
/// roundoff makes it the one or the other.
Graph quantized_network(std::uint64_t seed) {
  tests::NetworkBuilder net(seed);
  const auto quantized = [&](const std::string& name, ValueId x) {
    const ValueId scale = net.constant(name + ".scale", {1}, 0.031, 0.0);
    return net.graph().add_node(name, FakeQuantize{QuantizedType::kInt8, 1},
                                {x, scale, net.constant(name + ".zero", {1}, 0.0, 0.0)});
  };
  ValueId x = net.input("x", {Shape::kBatch, 4, 20, 20});
  for (const std::string at : {"0", "1"}) {
    x = quantized("quantized" + at, net.conv("conv" + at, x, 40, {.pad = 1}));
  }
  return net.build(net.linear("fc", net.flatten("flat", x), 10));
}

TEST(Rounding, RoundingToAGridConvertsAndOpens) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    EXPECT_NO_THROW(convert_and_open(quantized_network(seed), seed));
  }
}

/// For each pixel the largest of many channels.
TEST(Rounding, IndicesOfTheLargestConvertAndOpen) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    tests::NetworkBuilder net(seed);
    const ValueId x = net.conv("conv", net.input("x", {Shape::kBatch, 8, 64, 64}), 40, {.pad = 1});
    const ValueId y = net.graph().add_node("largest", ArgExtreme{}, {x});
    EXPECT_NO_THROW(convert_and_open(net.build(y), seed));
  }
}

TEST(Rounding, RandomNetworksConvertAndOpen) {
  for (std::uint64_t seed = 0; seed < tests::seed_count(300); ++seed) {
    SCOPED_TRACE(seed);
    EXPECT_NO_THROW(convert_and_open(tests::random_network(seed), seed));
  }
}

TEST(Rounding, ReachGrowsWithTheTermsNotWithTheSum) {
  const std::vector<reference::Tensor<double>> inputs = {
      {{1, 4, 6, 6}, std::vector<double>(4 * 6 * 6, 0.5)}};
  const auto reach = [&](float mean) {
    const Graph network = cancelling_network(1, mean);
    const auto exact = reference::run<double>(network, inputs);
    return rounding_reach(network, inputs, exact, kFloatRoundoff, 1)[0];
  };
  EXPECT_GT(reach(1000.0f), 100 * reach(1.0f));
  EXPECT_GT(reach(1.0f), 0.0);
  EXPECT_LT(reach(1.0f), 1e-3);
}

TEST(Rounding, NumbersThatGrowBeyondFloatAreMadeSmaller) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2});
  Graph graph = net.build(net.unary("exp", net.linear("fc", x, 2), {UnaryKind::kExp}));
  tests::set_elements(graph, "fc.weight", {500, 300, -400, 800});
  const SelfTest test = make_self_test(graph, std::nullopt, 1);
  for (const float y : test.outputs[0]) EXPECT_TRUE(std::isfinite(y));
  EXPECT_NO_THROW(convert_and_open(graph));
}

TEST(Rounding, NumbersThatSessionsFlushAreRefusedWithAReason) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 2});
  Graph graph = net.build(net.linear("large", net.relu("relu", net.linear("small", x, 2)), 1));
  tests::set_elements(graph, "small.weight", {1e-30f, 0, 0, 1e-30f});
  tests::set_elements(graph, "small.bias", {0, 0});
  tests::set_elements(graph, "large.weight", {1e30f, 1e30f});
  tests::set_elements(graph, "large.bias", {0});
  EXPECT_NO_THROW(convert_and_open(graph));
  SelfTest sample{.batch = 1, .inputs = {{1e-9f, 1e-9f}}, .outputs = {{2e-9f}}};
  tests::expect_error(Status::kVerification, {"1.2e-38", "scale"},
                      [&] { verify(graph, graph, {}, sample, 1); });
}

// --- wrong compactions ---

/// How far a wrong compaction moves an answer, relative to its largest element, in double.
double effect(const Graph& masked, const Compacted& right, const Compacted& wrong,
              const SelfTest& test) {
  const auto run = [&](const Compacted& compacted) {
    reference::Replacements<double> replaced;
    for (const auto& [name, elements] : compacted.exact) {
      replaced[compacted.graph.find_value(name)] = elements;
    }
    std::vector<reference::Tensor<double>> inputs;
    for (std::size_t i = 0; i < masked.inputs.size(); ++i) {
      inputs.push_back({masked.value(masked.inputs[i]).shape.with_batch(test.batch),
                        {test.inputs[i].begin(), test.inputs[i].end()}});
    }
    return reference::run<double>(compacted.graph, inputs, replaced);
  };
  const auto expected = run(right), found = run(wrong);
  double most = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    most = std::max(most, relative_difference(found[i].data, expected[i].data));
  }
  return most;
}

/// Swaps two elements, turns the sign of one, or moves one by a thousandth.
Compacted mutated(Compacted compacted, std::mt19937& random) {
  std::vector<ValueId> constants;
  for (std::size_t id = 0; id < compacted.graph.values.size(); ++id) {
    const Value& value = compacted.graph.values[id];
    if (value.is_constant && !value.constant.floats.empty()) {
      constants.push_back(static_cast<ValueId>(id));
    }
  }
  const ValueId chosen = constants[random() % constants.size()];
  Value& value = compacted.graph.value(chosen);
  const auto exact = compacted.exact.find(value.name);
  std::vector<double> elements(value.constant.floats.begin(), value.constant.floats.end());
  if (exact != compacted.exact.end()) elements = exact->second;
  double& one = elements[random() % elements.size()];
  switch (random() % 3) {
    case 0:
      std::swap(one, elements[random() % elements.size()]);
      break;
    case 1:
      one = -one;
      break;
    default:
      one *= 1.001;
  }
  compacted.exact[value.name] = elements;
  compacted.graph.set_constant(chosen, value.shape,
                               std::vector<float>(elements.begin(), elements.end()));
  return compacted;
}

// Whatever moves an answer by more than a thousand millionth of it is caught, in networks as they
// are.
TEST(Mutation, OfCompactNetworksIsCaught) {
  constexpr double kEffect = 1e-9;
  int effective = 0;
  for (std::uint64_t seed = 0; seed < tests::seed_count(60); ++seed) {
    SCOPED_TRACE(seed);
    const Graph masked = tests::random_network(seed);
    const Compacted right = convert(masked).compacted;
    const SelfTest test = make_self_test(masked, std::nullopt, seed);
    std::mt19937 random(static_cast<unsigned>(seed));
    for (int i = 0; i < 5; ++i) {
      const Compacted wrong = mutated(right, random);
      if (!(effect(masked, right, wrong, test) > kEffect)) continue;
      ++effective;
      EXPECT_THROW(verify(masked, wrong.graph, wrong.exact, test, seed), Error) << i;
    }
  }
  EXPECT_GT(effective, static_cast<int>(tests::seed_count(100)));
}

}  // namespace
}  // namespace ockham::converters
