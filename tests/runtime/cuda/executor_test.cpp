// The executor of the device: arrays, streams, memory and what it says when something is wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "runtime/cuda/graph_cache.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/cuda/device.h"
#include "tests/runtime/cuda/new_counter.h"

namespace ockham::cuda {
namespace {

using tests::expect_error;

constexpr std::int64_t kMaxBatch = 3;

std::unique_ptr<Executor> executor_of(const Graph& graph, void* stream = nullptr) {
  return make_executor(
      {.plan = {.graph = graph, .max_batch = kMaxBatch}, .may_walk = false, .stream = stream});
}

// ---- Arrays ------------------------------------------------------------------------------------

TEST(CudaExecutor, TakesArraysOnTheDevice) {
  OCKHAM_NEEDS_DEVICE();
  const Graph graph = tests::lenet5(1);
  const std::unique_ptr<Executor> executor = executor_of(graph);
  for (const std::int64_t batch : {kMaxBatch, std::int64_t{2}, kMaxBatch, std::int64_t{1}}) {
    const Arrays inputs = random_inputs(graph, batch);
    const Arrays expected = run(*executor, graph, batch, inputs);
    const OnDevice input(inputs[0]), output(std::vector<float>(expected[0].size(), 0.5f));
    const float* reads[] = {input.data()};
    float* writes[] = {output.data()};
    ASSERT_EQ(executor->run(batch, reads, writes, {}), Status::kOk);
    EXPECT_EQ(output.elements(), expected[0]);
  }
}

TEST(CudaExecutor, TakesArraysAtAnyAddress) {
  OCKHAM_NEEDS_DEVICE();
  const Graph graph = tests::lenet5(1);
  const std::unique_ptr<Executor> executor = executor_of(graph);
  const Arrays inputs = random_inputs(graph, kMaxBatch);
  const std::vector<float> expected = run(*executor, graph, kMaxBatch, inputs)[0];
  std::vector<float> shifted = inputs[0];
  shifted.insert(shifted.begin(), 0.5f);
  const OnDevice input(shifted), output(std::vector<float>(expected.size() + 1, 0.5f));
  const float* reads[] = {input.data() + 1};
  float* writes[] = {output.data() + 1};
  ASSERT_EQ(executor->run(kMaxBatch, reads, writes, {}), Status::kOk);
  const std::vector<float> found = output.elements();
  EXPECT_EQ(std::vector<float>(found.begin() + 1, found.end()), expected);
  EXPECT_EQ(found[0], 0.5f);
}

TEST(CudaExecutor, MeasuresStepsAndRuns) {
  OCKHAM_NEEDS_DEVICE();
  const Graph graph = tests::lenet5(1);
  const std::unique_ptr<Executor> executor = executor_of(graph);
  const Arrays inputs = random_inputs(graph, 1);
  RunArrays arrays(graph, 1, inputs);
  std::vector<std::int64_t> steps(executor->plan().steps.size(), -1), runs(3, -1);
  ASSERT_EQ(executor->run(1, arrays.reads, arrays.writes, steps), Status::kOk);
  ASSERT_EQ(executor->measure(1, runs), Status::kOk);
  for (const std::int64_t ns : steps) EXPECT_GE(ns, 0);
  for (const std::int64_t ns : runs) EXPECT_GT(ns, 0);
}

TEST(CudaExecutor, SharesWeightsBetweenSessionsOfAModel) {
  OCKHAM_NEEDS_DEVICE();
  const Graph graph = tests::lenet5(1);
  std::shared_ptr<void> shared;
  const ExecutorRequest request{.plan = {.graph = graph}, .shared = &shared};
  const auto first = make_executor(request);
  const std::size_t bytes = first->memory().packed;
  const auto second = make_executor(request);
  EXPECT_GT(bytes, 0u);
  EXPECT_EQ(second->memory().packed, bytes);
}

TEST(CudaExecutor, RefusesMoreMemoryThanItMayTake) {
  OCKHAM_NEEDS_DEVICE();
  const Graph graph = tests::lenet5(1);
  const auto make = [&](std::size_t limit) {
    return make_executor({.plan = {.graph = graph, .memory_limit = limit}, .may_walk = false});
  };
  const SessionMemory needed = make(SIZE_MAX)->memory();
  EXPECT_GT(needed.staging, 0u);
  const std::size_t total = needed.arena + needed.packed + needed.staging;
  EXPECT_NO_THROW(make(total));
  expect_error(Status::kOutOfMemory,
               {"copies of inputs and outputs", "memory limit is " + std::to_string(total - 1)},
               [&] { make(total - 1); });
}

// ---- Runs --------------------------------------------------------------------------------------

TEST(CudaExecutor, RunsAgainOnMoreArraysThanItRemembers) {
  OCKHAM_NEEDS_DEVICE();
  constexpr std::size_t kApart = 64;  // floats: 256 bytes, so that all are used in place
  const std::size_t count = GraphCache<int>::kMostGraphs + 10;
  const Graph graph = tests::lenet5(1);
  const std::unique_ptr<Executor> executor = executor_of(graph);
  const Arrays inputs = random_inputs(graph, kMaxBatch);
  const std::vector<float> expected = run(*executor, graph, kMaxBatch, inputs)[0];
  ASSERT_LE(expected.size(), kApart);
  const OnDevice input(inputs[0]), output(std::vector<float>(count * kApart, 0.5f));
  const float* reads[] = {input.data()};
  for (std::size_t i = 0; i < count; ++i) {
    float* writes[] = {output.data() + i * kApart};
    ASSERT_EQ(executor->run(kMaxBatch, reads, writes, {}), Status::kOk) << executor->failure();
  }
  const std::vector<float> found = output.elements();
  for (std::size_t i = 0; i < count; ++i) {
    const auto first = found.begin() + static_cast<std::ptrdiff_t>(i * kApart);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), first)) << i;
  }
}

TEST(CudaExecutor, AllocatesNothingInARunOnKnownArrays) {
  OCKHAM_NEEDS_DEVICE();
  const Graph graph = tests::lenet5(1);
  const std::unique_ptr<Executor> executor = executor_of(graph);
  const Arrays inputs = random_inputs(graph, kMaxBatch);
  RunArrays host(graph, kMaxBatch, inputs);
  const OnDevice input(inputs[0]), output(host.outputs[0]);
  const float* reads[] = {input.data()};
  float* writes[] = {output.data()};
  const auto news_of = [&](std::span<const float* const> from, std::span<float* const> to) {
    EXPECT_EQ(executor->run(kMaxBatch, from, to, {}), Status::kOk) << executor->failure();
    const long before = tests::new_calls();
    const Status status = executor->run(kMaxBatch, from, to, {});
    const long after = tests::new_calls();
    EXPECT_EQ(status, Status::kOk);
    return after - before;
  };
  EXPECT_EQ(news_of(host.reads, host.writes), 0);
  EXPECT_EQ(news_of(reads, writes), 0);
  EXPECT_EQ(news_of(reads, host.writes), 0);
}

// ---- The caller's stream -----------------------------------------------------------------------

/// Inputs that come late: the stream sleeps, and then copies them.
class LateInputs : public testing::Test {
 protected:
  void SetUp() override {
    OCKHAM_NEEDS_DEVICE();
    stream = std::make_unique<Stream>();
    executor = executor_of(graph, stream->get());
    inputs = random_inputs(graph, kMaxBatch);
    expected = run(*executor, graph, kMaxBatch, inputs);
    const std::size_t bytes = inputs[0].size() * sizeof(float);
    pinned = PinnedBuffer(bytes);
    std::memcpy(pinned.data(), inputs[0].data(), bytes);
    input = std::make_unique<OnDevice>(std::vector<float>(inputs[0].size()));
    output = std::make_unique<OnDevice>(std::vector<float>(expected[0].size()));
    const auto sleep = [](void*) { std::this_thread::sleep_for(std::chrono::milliseconds(50)); };
    check(cudaLaunchHostFunc(stream->get(), sleep, nullptr), "sleeping in a stream");
    check(
        cudaMemcpyAsync(input->data(), pinned.data(), bytes, cudaMemcpyHostToDevice, stream->get()),
        "copying in a stream");
    reads[0] = input->data();
    writes[0] = output->data();
  }

  Graph graph = tests::lenet5(1);
  std::unique_ptr<Stream> stream;
  std::unique_ptr<Executor> executor;
  Arrays inputs, expected;
  PinnedBuffer pinned;
  std::unique_ptr<OnDevice> input, output;
  const float* reads[1] = {};
  float* writes[1] = {};
};

TEST_F(LateInputs, AreWaitedForByARunInTheirStream) {
  ASSERT_EQ(executor->run(kMaxBatch, reads, writes, {}), Status::kOk) << executor->failure();
  EXPECT_EQ(output->elements(), expected[0]);
}

TEST_F(LateInputs, AreWaitedForByEnqueuedRuns) {
  const OnDevice another(std::vector<float>(expected[0].size(), 0.5f));
  float* others[] = {another.data()};
  ASSERT_EQ(executor->enqueue(kMaxBatch, reads, writes), Status::kOk) << executor->failure();
  ASSERT_EQ(executor->enqueue(1, reads, others), Status::kOk) << executor->failure();
  check(cudaStreamSynchronize(stream->get()), "waiting for a stream");
  EXPECT_EQ(output->elements(), expected[0]);
  const Arrays one = run(*executor, graph, 1, inputs);
  std::vector<float> first = another.elements();
  first.resize(one[0].size());
  EXPECT_EQ(first, one[0]);
}

TEST_F(LateInputs, AreWaitedForByTheDestructor) {
  ASSERT_EQ(executor->enqueue(kMaxBatch, reads, writes), Status::kOk) << executor->failure();
  executor.reset();
  EXPECT_EQ(output->elements(), expected[0]);
}

TEST_F(LateInputs, AreWaitedForByAProfiledRun) {
  std::vector<std::int64_t> steps(executor->plan().steps.size(), -1);
  ASSERT_EQ(executor->run(kMaxBatch, reads, writes, steps), Status::kOk) << executor->failure();
  EXPECT_EQ(output->elements(), expected[0]);
}

TEST(CudaExecutor, TakesTheDefaultStreams) {
  OCKHAM_NEEDS_DEVICE();
  const Graph graph = tests::lenet5(1);
  const Arrays inputs = random_inputs(graph, 1);
  const Arrays expected = run(*executor_of(graph), graph, 1, inputs);
  for (const cudaStream_t stream : {cudaStreamLegacy, cudaStreamPerThread}) {
    EXPECT_EQ(run(*executor_of(graph, stream), graph, 1, inputs), expected);
  }
}

TEST(CudaExecutor, EnqueuesNothingForArraysOnTheHost) {
  OCKHAM_NEEDS_DEVICE();
  const Graph graph = tests::lenet5(1);
  const Stream stream;
  const std::unique_ptr<Executor> executor = executor_of(graph, stream.get());
  const Arrays inputs = random_inputs(graph, 1);
  RunArrays host(graph, 1, inputs);
  EXPECT_EQ(executor->enqueue(1, host.reads, host.writes), Status::kInvalidArgument);
  EXPECT_NE(std::string(executor->failure()).find("is in the host's memory"), std::string::npos)
      << executor->failure();
}

// ---- Whole numbers -----------------------------------------------------------------------------

TEST(CudaExecutor, GivesWholeNumbersOnTheHostOnly) {
  OCKHAM_NEEDS_DEVICE();
  Graph graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 4});
  graph.outputs = {graph.add_node("class", ArgExtreme{}, {x})};
  const std::unique_ptr<Executor> executor = executor_of(graph);
  EXPECT_EQ(run(*executor, graph, 1, {{1, 2, 9, 3}}), (Arrays{{2}}));
  const OnDevice input({1, 2, 9, 3}), output({-1, -1});
  const float* reads[] = {input.data()};
  float* writes[] = {output.data()};
  EXPECT_EQ(executor->run(1, reads, writes, {}), Status::kInvalidArgument);
  EXPECT_NE(std::string(executor->failure()).find("output 'class' is in the memory of a device"),
            std::string::npos)
      << executor->failure();
  EXPECT_EQ(output.elements(), (std::vector<float>{-1, -1}));
}

}  // namespace
}  // namespace ockham::cuda
