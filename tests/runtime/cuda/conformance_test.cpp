// Every operator case on the device, in every precision, against the reference executor in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "tests/cases/test_networks.h"
#include "tests/runtime/cuda/device.h"

namespace ockham::cuda {
namespace {

constexpr std::int64_t kMaxBatch = 3;

/// How the device is asked to run.
struct Mode {
  const char* name;
  Precision precision = Precision::kFloat32;
  bool naive = false;
  bool may_walk = false;
  bool tune = false;
};

std::ostream& operator<<(std::ostream& out, const Mode& mode) { return out << mode.name; }

constexpr Mode kModes[] = {{.name = "fp32"},
                           {.name = "fp32_tuned", .tune = true},
                           {.name = "fp32_naive", .naive = true},
                           {.name = "walk", .may_walk = true},
                           {.name = "tf32", .precision = Precision::kTf32},
                           {.name = "fp16", .precision = Precision::kFloat16},
                           {.name = "bf16", .precision = Precision::kBfloat16}};

std::unique_ptr<Executor> executor_of(const Graph& graph, const Mode& mode,
                                      std::int64_t max_batch = kMaxBatch) {
  return make_executor(
      {.plan = {.graph = graph, .max_batch = max_batch, .precision = mode.precision},
       .naive = mode.naive,
       .may_walk = mode.may_walk,
       .tune = mode.tune});
}

/// Whether a small change of an input can make a large one of the answer.
bool jumps(const OperatorCase& problem) { return problem.name.find("fmod") != std::string::npos; }

using Parameters = std::tuple<Mode, OperatorCase>;

class CudaConformance : public testing::TestWithParam<Parameters> {};

TEST_P(CudaConformance, AgreesWithTheReferenceInDouble) {
  OCKHAM_NEEDS_DEVICE();
  const auto& [mode, problem] = GetParam();
  if (jumps(problem) && mode.precision != Precision::kFloat32) {
    GTEST_SKIP() << "the answer jumps where an input is rounded";
  }
  const std::unique_ptr<Executor> executor = executor_of(problem.graph, mode);
  for (const std::int64_t batch : {kMaxBatch, std::int64_t{1}, std::int64_t{2}}) {
    SCOPED_TRACE(batch);
    const Arrays inputs = random_inputs(problem.graph, batch);
    const auto expected = run_reference<double>(problem.graph, batch, inputs);
    const Arrays found = run(*executor, problem.graph, batch, inputs);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_LE(relative_difference(found[i], expected[i]), tolerance_of(mode.precision))
          << "output " << i << "\n"
          << executor->plan().text(problem.graph);
    }
  }
}

bool agrees(float found, float expected, float tolerance) {
  if (std::isnan(expected) || std::isnan(found)) return std::isnan(expected) && std::isnan(found);
  return found == expected || std::fabs(found - expected) <= tolerance;
}

TEST_P(CudaConformance, KeepsWhatIsNotFinite) {
  OCKHAM_NEEDS_DEVICE();
  const auto& [mode, problem] = GetParam();
  if (mode.precision != Precision::kFloat32) GTEST_SKIP() << "other precisions overflow earlier";
  const std::unique_ptr<Executor> executor = executor_of(problem.graph, mode);
  for (const float with : kNotFinite) {
    SCOPED_TRACE(with);
    const Arrays inputs = spoilt_inputs(problem.graph, kMaxBatch, with);
    const Arrays expected = run_reference<float>(problem.graph, kMaxBatch, inputs);
    const Arrays found = run(*executor, problem.graph, kMaxBatch, inputs);
    for (std::size_t i = 0; i < found.size(); ++i) {
      float largest = 0.0f;
      for (const float x : expected[i]) {
        if (std::isfinite(x)) largest = std::max(largest, std::fabs(x));
      }
      for (std::size_t k = 0; k < found[i].size(); ++k) {
        ASSERT_TRUE(agrees(found[i][k], expected[i][k], 1e-4f * largest))
            << "output " << i << " element " << k << ": " << found[i][k] << ", expected "
            << expected[i][k] << "\n"
            << executor->plan().text(problem.graph);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, CudaConformance,
                         testing::Combine(testing::ValuesIn(kModes),
                                          testing::ValuesIn(operator_cases())),
                         [](const testing::TestParamInfo<Parameters>& test) {
                           return std::string(std::get<0>(test.param).name) + "_" +
                                  std::get<1>(test.param).name;
                         });

class CudaNetworks : public testing::TestWithParam<Mode> {};

TEST_P(CudaNetworks, OfRandomShapeAgreeWithTheReference) {
  OCKHAM_NEEDS_DEVICE();
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = tests::random_network(seed);
    const Arrays inputs = random_inputs(graph, kMaxBatch);
    const auto expected = run_reference<double>(graph, kMaxBatch, inputs);
    const std::unique_ptr<Executor> executor = executor_of(graph, GetParam());
    const Arrays found = run(*executor, graph, kMaxBatch, inputs);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_LE(relative_difference(found[i], expected[i]),
                10.0 * tolerance_of(GetParam().precision));
    }
  }
}

TEST_P(CudaNetworks, WithATinyTailAgreeWithTheReference) {
  OCKHAM_NEEDS_DEVICE();
  const Graph graph = tests::thinned_vgg(1);
  Mode mode = GetParam();
  mode.may_walk = !mode.naive;
  const std::unique_ptr<Executor> executor = executor_of(graph, mode);
  EXPECT_EQ(executor->plan().steps.back().kernel == "ockham:walk", mode.may_walk);
  for (const std::int64_t batch : {std::int64_t{1}, kMaxBatch}) {
    const Arrays inputs = random_inputs(graph, batch);
    const auto expected = run_reference<double>(graph, batch, inputs);
    EXPECT_LE(relative_difference(run(*executor, graph, batch, inputs)[0], expected[0]),
              tolerance_of(mode.precision));
  }
}

/// What our kernels have other code for when there is much to do.
Graph network_of_much_work() {
  tests::NetworkBuilder net(1);
  const ValueId x = net.relu("relu0", net.input("images", {Shape::kBatch, 32, 56, 56}));
  const ValueId deep = net.conv("depthwise1", x, 32, {.pad = 1, .groups = 32});
  const ValueId sum = net.relu("relu1", net.add("add", deep, x));
  ValueId y = net.conv("depthwise2", sum, 32, {.stride = 2, .pad = 1, .groups = 32});
  y = net.unary("hard_swish", y, {UnaryKind::kHardSwish});
  y = net.conv("depthwise3", y, 32, {.kernel = 5, .pad = 2, .groups = 32});
  y = net.unary("sigmoid", y, {UnaryKind::kSigmoid});
  y = net.conv("groups", y, 32, {.pad = 1, .groups = 4});
  return net.build(net.max_pool("pool", y));
}

TEST_P(CudaNetworks, OfMuchWorkAgreeWithTheReference) {
  OCKHAM_NEEDS_DEVICE();
  constexpr std::int64_t kBatch = 64;
  const Graph graph = network_of_much_work();
  const Arrays inputs = random_inputs(graph, kBatch);
  const auto expected = run_reference<double>(graph, kBatch, inputs);
  const std::unique_ptr<Executor> executor = executor_of(graph, GetParam(), kBatch);
  const Arrays found = run(*executor, graph, kBatch, inputs);
  EXPECT_LE(relative_difference(found[0], expected[0]), 10.0 * tolerance_of(GetParam().precision));
}

INSTANTIATE_TEST_SUITE_P(Modes, CudaNetworks, testing::ValuesIn(kModes),
                         [](const testing::TestParamInfo<Mode>& test) {
                           return std::string(test.param.name);
                         });

}  // namespace
}  // namespace ockham::cuda
