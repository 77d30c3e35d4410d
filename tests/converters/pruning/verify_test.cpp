#include "converters/pruning/verify.h"

#include <gtest/gtest.h>

#include "converters/pruning/compact.h"
#include "converters/pruning/history.h"
#include "converters/pruning/prepare.h"
#include "converters/pruning/self_test.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/test_networks.h"
#include "tests/converters/pruning/explained.h"

namespace ockham::converters {
namespace {

PruningPlan plan_of(const Graph& graph) {
  return plan_pruning(graph, channel_structure(graph), analyse(graph));
}

/// A residual network with a constant channel that is folded, and its compact form.
struct Pair {
  Graph masked;
  Compacted compacted;
};

Pair converted() {
  Graph graph = tests::lenet5(2);
  tests::zero_slices(graph, "conv1.weight", 0, {1, 2, 3});
  tests::zero_slices(graph, "fc1.weight", 0, {10, 20, 30});
  Compacted compacted = compact(graph, plan_of(graph));
  return {std::move(graph), std::move(compacted)};
}

TEST(Verify, FindsWhatCompactMakesExact) {
  const Pair pair = converted();
  const Agreement agreement =
      verify(pair.masked, pair.compacted.graph, pair.compacted.exact, std::nullopt, 1);
  EXPECT_LE(agreement.in_double, kDoubleTolerance);
  EXPECT_LE(agreement.in_float, kFloatTolerance);
  EXPECT_GT(agreement.in_float, 0.0) << "folded constants round differently in float";
}

TEST(Verify, RefusesAWrongWeight) {
  Pair pair = converted();
  Graph& wrong = pair.compacted.graph;
  const auto floats = wrong.value(wrong.find_value("fc2.weight")).constant.floats;
  std::vector<float> elements(floats.begin(), floats.end());
  elements[5] += 1e-3f;
  tests::set_elements(wrong, "fc2.weight", elements);
  tests::expect_error(Status::kVerification, {"random input", "double", "output 'fc2'", "allowed"},
                      [&] { verify(pair.masked, wrong, pair.compacted.exact, std::nullopt, 1); });
}

TEST(Verify, RefusesAForgottenConstant) {
  Pair pair = converted();
  ExactConstants forgotten = pair.compacted.exact;
  const auto floats = pair.masked.value(pair.masked.find_value("conv2.bias")).constant.floats;
  forgotten.at("conv2.bias").assign(floats.begin(), floats.end());
  tests::expect_error(Status::kVerification, {"double"}, [&] {
    verify(pair.masked, pair.compacted.graph, forgotten, std::nullopt, 1);
  });
}

TEST(Verify, JudgesTheRoundedConstantsInFloat) {
  Pair pair = converted();
  tests::zero_slices(pair.compacted.graph, "conv2.bias", 0, {0, 1, 2});
  tests::expect_error(Status::kVerification, {"float"}, [&] {
    verify(pair.masked, pair.compacted.graph, pair.compacted.exact, std::nullopt, 1);
  });
}

TEST(Verify, ReplaysTheSample) {
  // A network that differs only for large inputs, which random ones never are.
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1});
  Graph graph = net.build(net.linear("fc2", net.relu("relu", net.linear("fc1", x, 2)), 1));
  tests::set_elements(graph, "fc1.weight", {1, 1});
  tests::set_elements(graph, "fc1.bias", {100, -100});
  tests::set_elements(graph, "fc2.weight", {1, 1});
  Graph other = graph;
  tests::set_elements(other, "fc2.weight", {1, 2});
  EXPECT_NO_THROW(verify(graph, other, {}, std::nullopt, 1));
  const SelfTest sample{.batch = 1, .inputs = {{200.0f}}, .outputs = {}};
  tests::expect_error(Status::kVerification, {"the sample"},
                      [&] { verify(graph, other, {}, sample, 1); });
}

TEST(Verify, RefusesNotANumber) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1});
  Graph graph = net.build(net.batch_norm("bn", net.linear("fc", x, 1)));
  Graph broken = graph;
  tests::set_elements(broken, "bn.variance", {-1});
  tests::expect_error(Status::kVerification, {"output 'bn'"},
                      [&] { verify(graph, broken, {}, std::nullopt, 1); });
}

/// One layer of subnormal weights, and one that multiplies by `factor`.
Graph of_subnormal_weights(float factor) {
  tests::NetworkBuilder net(1);
  Graph graph =
      net.build(net.linear("large", net.linear("small", net.input("x", {Shape::kBatch, 2}), 2), 1));
  tests::set_elements(graph, "small.weight", {1e-39f, 0, 0, 1e-39f});
  tests::set_elements(graph, "small.bias", {0, 0});
  tests::set_elements(graph, "large.weight", {factor, factor});
  tests::set_elements(graph, "large.bias", {0});
  return graph;
}

void check_without_subnormals(const Graph& graph) {
  const Graph flushed = without_subnormals(graph);
  const MaskedNetwork masked(flushed);
  check_subnormals(graph, masked, make_self_test(masked, std::nullopt, 1));
}

TEST(Subnormals, MayGoWhereTheirAnswerIsNothing) {
  check_without_subnormals(of_subnormal_weights(1));
  check_without_subnormals(tests::lenet5(1));
}

TEST(Subnormals, AreNamedWhereTheyMatter) {
  tests::expect_error(Status::kVerification, {"constant 'small.weight'", "output 'large'", "scale"},
                      [] { check_without_subnormals(of_subnormal_weights(1e38f)); });
}

TEST(Verify, RefusesNetworksOfOtherShapes) {
  tests::expect_error(Status::kVerification, {"inputs or outputs"}, [] {
    verify(tests::lenet5(1), tests::residual_network(1), {}, std::nullopt, 1);
  });
}

TEST(SelfTestOfAModel, RunsTheSampleOnTheMaskedNetwork) {
  const Pair pair = converted();
  SelfTest sample = make_self_test(pair.masked, std::nullopt, 9);
  EXPECT_EQ(sample.batch, 2);
  EXPECT_EQ(sample.inputs[0].size(), 2u * 28 * 28);
  EXPECT_EQ(sample.outputs[0].size(), 20u);
  const SelfTest again = make_self_test(pair.masked, sample, 1);
  EXPECT_EQ(again.inputs, sample.inputs);
  EXPECT_EQ(again.outputs, sample.outputs);
}

TEST(SelfTestOfAModel, RefusesASampleThatTheNetworkDoesNotReproduce) {
  const Pair pair = converted();
  SelfTest sample = make_self_test(pair.masked, std::nullopt, 9);
  sample.outputs[0][3] += 1.0f;
  tests::expect_error(Status::kVerification, {"sample", "output 'fc2'"},
                      [&] { make_self_test(pair.masked, sample, 1); });
}

TEST(History, CompletesWhatTrainingSaid) {
  const Pair pair = converted();
  Provenance provenance;
  provenance.layers = {{.layer = "conv1", .relevance = {1, 2, 3}}};
  add_history(explained(pair.masked).explanation, "masked.onnx", provenance);
  ASSERT_EQ(provenance.layers.size(), 4u);
  EXPECT_EQ(provenance.layers[0].dense_width, 20);
  EXPECT_EQ(provenance.layers[0].width, 17);
  EXPECT_EQ(provenance.layers[0].reason, "3 filters are constant");
  EXPECT_EQ(provenance.layers[0].relevance.size(), 3u);
  EXPECT_EQ(provenance.get("dense.macs"), "2293000");
}

TEST(History, OfAnEarlierConversionStays) {
  const Pair pair = converted();
  Provenance provenance;
  add_history(explained(pair.masked).explanation, "masked.onnx", provenance);
  add_history(explained(pair.compacted.graph).explanation, "compact.onnx", provenance);
  EXPECT_EQ(provenance.layers[0].dense_width, 20);
  EXPECT_EQ(provenance.layers[0].reason, "3 filters are constant");
  EXPECT_EQ(provenance.get("dense.macs"), "2293000");
  EXPECT_EQ(provenance.get("converted_from"), "masked.onnx");
}

}  // namespace
}  // namespace ockham::converters
