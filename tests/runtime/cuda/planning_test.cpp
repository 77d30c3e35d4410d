// What is decided before a device is touched.
#include <gtest/gtest.h>

#include "runtime/cuda/kernels.h"
#include "runtime/cuda/positions.h"
#include "runtime/plan/planner.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/cuda/device.h"

namespace ockham::cuda {
namespace {

constexpr Precision kPrecisions[] = {Precision::kFloat32, Precision::kTf32, Precision::kFloat16,
                                     Precision::kBfloat16};

PlanRequest request(const Graph& graph, Precision precision) {
  return {.graph = graph, .precision = precision, .channels_last = channels_last(precision)};
}

TEST(CudaPlanning, EveryOperatorHasAKernel) {
  for (const OperatorCase& problem : operator_cases()) {
    SCOPED_TRACE(problem.name);
    for (const Precision precision : kPrecisions) {
      EXPECT_NO_THROW(make_plan(request(problem.graph, precision), all_kernels()));
      EXPECT_NO_THROW(make_plan(request(problem.graph, precision), naive_kernels()));
    }
  }
}

TEST(CudaPlanning, WhatIsAddedLiesAsTheResultDoes) {
  for (const OperatorCase& problem : operator_cases()) {
    SCOPED_TRACE(problem.name);
    for (const Precision precision : kPrecisions) {
      const ExecutionPlan plan = make_plan(request(problem.graph, precision), all_kernels());
      for (const PlanStep& step : plan.steps) {
        if (step.residual < 0) continue;
        const Placement& added = plan.placements[step.reads.back()];
        const Placement& result = plan.placements[step.writes];
        EXPECT_EQ(problem.graph.value(added.value).shape, problem.graph.value(result.value).shape);
        EXPECT_EQ(added.layout, result.layout);
        EXPECT_EQ(added.elements, result.elements);
      }
    }
  }
}

TEST(CudaPlanning, ChannelsArePaddedToWhatThePrecisionWants) {
  const Graph graph = tests::lenet5(1);
  for (const Precision precision : kPrecisions) {
    const ChannelsLast format = channels_last(precision);
    const ExecutionPlan plan = make_plan(request(graph, precision), all_kernels());
    for (const Placement& placement : plan.placements) {
      const Shape& shape = graph.value(placement.value).shape;
      if (placement.layout == Layout::kRowMajor) {
        EXPECT_EQ(placement.elements, shape.elements());
        EXPECT_EQ(placement.type, StoredType::kFloat32);
        continue;
      }
      EXPECT_EQ(placement.elements, format.elements(shape));
      EXPECT_GE(placement.elements, shape.elements());
      EXPECT_EQ(placement.type, format.type);
    }
  }
}

TEST(CudaPlanning, PaddingGoesInSteps) {
  const ChannelsLast padded{StoredType::kFloat16, true};
  const std::pair<std::int64_t, std::int64_t> counts[] = {{1, 4},   {3, 4},   {5, 8},   {9, 16},
                                                          {16, 16}, {17, 32}, {33, 64}, {64, 64}};
  for (const auto& [count, expected] : counts) {
    EXPECT_EQ(padded.channels(count), expected) << count;
    EXPECT_EQ(ChannelsLast{}.channels(count), count);
  }
}

TEST(CudaPlanning, DepthwiseLayersHaveAKernelOfTheirOwn) {
  const std::pair<std::int64_t, const char*> kernels[] = {{12, "ockham:depthwise"},
                                                          {24, "ockham:direct"}};
  for (const auto& [filters, kernel] : kernels) {
    tests::NetworkBuilder net(1);
    const ValueId x = net.input("image", {Shape::kBatch, 12, 8, 8});
    const Graph graph = net.build(net.conv("conv", x, filters, {.pad = 1, .groups = 12}));
    for (const Precision precision : kPrecisions) {
      const ExecutionPlan plan = make_plan(request(graph, precision), all_kernels());
      const auto layer = std::ranges::find(plan.steps, "conv", &PlanStep::name);
      ASSERT_NE(layer, plan.steps.end());
      EXPECT_EQ(layer->kernel, kernel) << filters << " filters";
    }
  }
}

TEST(CudaPlanning, ResidualSumsAreFused) {
  const Graph graph = tests::residual_network(1);
  const ExecutionPlan plan = make_plan(request(graph, Precision::kFloat16), all_kernels());
  const auto fused = std::ranges::count_if(
      plan.steps, [](const PlanStep& step) { return step.residual >= 0 && step.activation >= 0; });
  EXPECT_EQ(fused, 1);
}

TEST(Positions, OfAPaddedImageAreChannelsLast) {
  const Shape shape{Shape::kBatch, 3, 1, 2};
  const Placement placement{
      .layout = Layout::kChannelsLast, .type = StoredType::kFloat16, .elements = 2 * 8};
  EXPECT_EQ(positions(shape, placement), (std::vector<std::int32_t>{0, 8, 1, 9, 2, 10}));
  const std::vector<std::int32_t> elements = elements_at(shape, placement);
  ASSERT_EQ(elements.size(), 16u);
  EXPECT_EQ(elements[9], 3);
  EXPECT_EQ(elements[3], kPadding);
  const std::vector<float> weight = {1, 2, 3, 4, 5, 6};
  const std::vector<float> moved = with_columns_at(weight, shape, placement);
  EXPECT_EQ(moved, (std::vector<float>{1, 3, 5, 0, 0, 0, 0, 0, 2, 4, 6, 0, 0, 0, 0, 0}));
}

TEST(Positions, OfARowMajorImageAreTheGraphs) {
  const Shape shape{Shape::kBatch, 2, 2};
  EXPECT_EQ(positions(shape, {.elements = 4}), (std::vector<std::int32_t>{0, 1, 2, 3}));
}

TEST(PreparedBatches, AscendToTheLargest) {
  EXPECT_EQ(prepared_batches(1), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(prepared_batches(3), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(prepared_batches(256), (std::vector<std::int64_t>{1, 4, 16, 64, 256}));
  EXPECT_EQ(prepared_batches(INT64_MAX).back(), INT64_MAX);
}

TEST(CudaExecutor, WithoutADeviceIsRefusedInOneSentence) {
  if (has_device()) GTEST_SKIP() << "this machine has a device";
  const Graph graph = tests::lenet5(1);
  try {
    make_executor({.plan = {.graph = graph}});
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), Status::kUnsupported);
    const std::string text = error.what();
    EXPECT_NE(text.find("use device 'cpu'"), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace ockham::cuda
