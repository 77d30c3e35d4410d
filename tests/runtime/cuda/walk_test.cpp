// Walks, executed on the host, against the reference executor.
#include <gmock/gmock.h>

#include <cmath>

#include "runtime/graph/difference.h"
#include "tests/cases/seed_count.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/cuda/host_walk.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham::cuda {
namespace {

constexpr std::int64_t kN = Shape::kBatch;
constexpr std::size_t kSharedBytes = 227 * 1024;
constexpr double kTolerance = 1e-5;

std::optional<Schedule> schedule_of(const Graph& graph, std::size_t shared_bytes = kSharedBytes) {
  return make_schedule({.graph = graph}, shared_bytes);
}

void expect_answers(const Graph& graph, const Schedule& schedule, std::int64_t batch,
                    double tolerance = kTolerance) {
  const Arrays inputs = random_inputs(graph, batch);
  const auto expected = run_reference<double>(graph, batch, inputs);
  const Arrays found = walk_on_host(schedule, batch, inputs);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].size(), expected[i].size());
    EXPECT_LE(relative_difference(found[i], expected[i]), tolerance) << "output " << i;
  }
}

/// LeNet-5 as pruning leaves it: 5-10 filters, 76 of the pixels, 16 neurons.
Graph pruned_lenet5() {
  tests::NetworkBuilder net(1);
  ValueId x = net.input("image", {kN, 1, 28, 28});
  x = net.max_pool("pool1", net.conv("conv1", x, 5, {.kernel = 5}));
  x = net.max_pool("pool2", net.conv("conv2", x, 10, {.kernel = 5}));
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i < 76; ++i) kept.push_back(i * 2 + i % 3);
  x = net.gather("select", net.flatten("flatten", x), kept);
  x = net.relu("relu", net.linear("fc1", x, 16));
  return net.build(net.linear("fc2", x, 10));
}

// ---- what walks compute ----

TEST(Walk, RunsAPrunedLeNet5) {
  const Graph graph = pruned_lenet5();
  const auto schedule = schedule_of(graph);
  ASSERT_TRUE(schedule);
  EXPECT_EQ(schedule->steps.size(), 6u) << "flatten, gather and relu cost no step of their own";
  EXPECT_LE(schedule->shared_bytes(), 48u * 1024);
  expect_answers(graph, *schedule, 3);
}

class WalkCases : public testing::TestWithParam<OperatorCase> {};

TEST_P(WalkCases, AgreeWithTheReferenceInDouble) {
  const auto schedule = schedule_of(GetParam().graph);
  if (!schedule) GTEST_SKIP() << "not for walks";
  expect_answers(GetParam().graph, *schedule, 2);
}

bool agrees(float found, float expected, float tolerance) {
  if (std::isnan(expected) || std::isnan(found)) return std::isnan(expected) && std::isnan(found);
  return found == expected || std::fabs(found - expected) <= tolerance;
}

TEST_P(WalkCases, KeepWhatIsNotFinite) {
  const Graph& graph = GetParam().graph;
  const auto schedule = schedule_of(graph);
  if (!schedule) GTEST_SKIP() << "not for walks";
  for (const float with : kNotFinite) {
    SCOPED_TRACE(with);
    const Arrays inputs = spoilt_inputs(graph, 2, with);
    const Arrays expected = run_reference<float>(graph, 2, inputs);
    const Arrays found = walk_on_host(*schedule, 2, inputs);
    for (std::size_t i = 0; i < found.size(); ++i) {
      float largest = 0.0f;
      for (const float x : expected[i]) {
        if (std::isfinite(x)) largest = std::max(largest, std::fabs(x));
      }
      for (std::size_t k = 0; k < found[i].size(); ++k) {
        ASSERT_TRUE(agrees(found[i][k], expected[i][k], 1e-4f * largest))
            << "output " << i << " element " << k << ": " << found[i][k] << ", expected "
            << expected[i][k];
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, WalkCases, testing::ValuesIn(operator_cases()),
                         [](const auto& test) { return test.param.name; });

TEST(Walk, RunsMostOperatorCases) {
  std::size_t scheduled = 0;
  const auto cases = operator_cases();
  for (const OperatorCase& problem : cases) scheduled += schedule_of(problem.graph).has_value();
  EXPECT_GE(scheduled * 10, cases.size() * 7) << scheduled << " of " << cases.size();
}

TEST(Walk, RunsRandomNetworks) {
  int scheduled = 0;
  for (std::uint64_t seed = 1; seed <= tests::seed_count(200); ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = tests::random_network(seed);
    const auto schedule = schedule_of(graph);
    if (!schedule) continue;
    ++scheduled;
    expect_answers(graph, *schedule, 2);
  }
  EXPECT_GT(scheduled, 0);
}

TEST(Walk, RunsAResidualNetwork) {
  const Graph graph = tests::residual_network(1);
  const auto schedule = schedule_of(graph);
  ASSERT_TRUE(schedule);
  EXPECT_EQ(schedule->steps.size(), 5u) << "borders and the sum cost no steps of their own";
  EXPECT_GT(schedule->zeroed_words, 0);
  expect_answers(graph, *schedule, 2);
}

TEST(Walk, CopiesImagesIntoBordersThatCannotAllStay) {
  tests::NetworkBuilder net(1);
  ValueId x = net.input("image", {kN, 4, 16, 16});
  for (int i = 0; i < 8; ++i) {
    x = net.conv("conv" + std::to_string(i), x, 4, {.kernel = 3, .pad = 1});
  }
  const Graph graph = net.build(x);
  const auto large = schedule_of(graph);
  ASSERT_TRUE(large);
  const auto small = schedule_of(graph, large->shared_bytes() * 3 / 4);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->zeroed_words, 0);
  EXPECT_GT(small->steps.size(), large->steps.size());
  expect_answers(graph, *large, 1);
  expect_answers(graph, *small, 1);
}

TEST(Walk, HandsOutZerosAndWhatHasABorderInside) {
  tests::NetworkBuilder net(1);
  const ValueId image = net.input("image", {kN, 2, 5, 5});
  const ValueId other = net.input("other", {kN, 3});
  const ValueId x = net.conv("conv1", image, 3, {.kernel = 3, .pad = 1});
  const ValueId y = net.conv("conv2", x, 2, {.kernel = 3, .stride = 2, .pad = 1});
  const ValueId z = net.gather("zeros", other, {1, Gather::kZero, 0});
  const Graph graph = net.build({y, x, net.relu("relu", z)});
  const auto schedule = schedule_of(graph);
  ASSERT_TRUE(schedule);
  expect_answers(graph, *schedule, 2);
}

// ---- what they refuse ----

TEST(Walk, RefusesWhatDoesNotFit) {
  const Graph graph = pruned_lenet5();
  const std::size_t bytes = schedule_of(graph)->shared_bytes();
  EXPECT_TRUE(schedule_of(graph, bytes));
  EXPECT_FALSE(schedule_of(graph, 16 * 1024));
  EXPECT_FALSE(schedule_of(tests::lenet5(1))) << "431,000 weights";
}

TEST(Walk, RefusesWhatManyMultiprocessorsDoFaster) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("image", {kN, 16, 32, 32});
  EXPECT_FALSE(schedule_of(net.build(net.conv("conv", x, 24, {.kernel = 3, .pad = 1}))));
}

TEST(Walk, RefusesOperatorsThatItDoesNotKnow) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("image", {kN, 4, 6, 6});
  const ValueId y = net.graph().add_node("lrn", Lrn{.size = 3}, {x});
  EXPECT_FALSE(schedule_of(net.build(y)));
}

TEST(Walk, RefusesBordersThatAreTooLargeBeforeItMakesThem) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("image", {kN, 1, 2, 2});
  const Conv2d conv{.window = {.kernel = {1, 1},
                               .stride = {1 << 20, 1 << 20},
                               .pad_begin = {1 << 20, 1 << 20},
                               .pad_end = {1 << 20, 1 << 20}}};
  EXPECT_FALSE(schedule_of(net.build(net.conv2d("conv", x, 1, conv))));
}

TEST(Walk, TakesTheSmallerWeightsWhereTheFasterOnesDoNotFit) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("features", {kN, 784});
  const Graph graph = net.build(net.linear("fc", x, 56));
  const std::size_t least = (785 * 8 * 8 + 784 + 200) * sizeof(Word);
  const auto schedule = schedule_of(graph, least);
  ASSERT_TRUE(schedule);
  expect_answers(graph, *schedule, 1);
}

TEST(Walk, DoesNotMakeOneBorderOfTwoLongOnes) {
  constexpr std::int64_t kLong = 20'000;
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("image", {Shape::kBatch, 1, 1, 1});
  const Conv2d high{
      .window = {.stride = {kLong, 1}, .pad_begin = {kLong, 0}, .pad_end = {kLong, 0}}};
  const Conv2d wide{
      .window = {.stride = {1, kLong}, .pad_begin = {0, kLong}, .pad_end = {0, kLong}}};
  const ValueId y = net.relu("relu", x);
  const Graph graph = net.build({net.conv2d("high", y, 1, high), net.conv2d("wide", y, 1, wide)});
  EXPECT_EQ(make_schedule({.graph = graph}, std::size_t{48} << 10), std::nullopt);
}

}  // namespace
}  // namespace ockham::cuda
