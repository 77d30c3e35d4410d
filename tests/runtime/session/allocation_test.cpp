// What `Session::run` asks of the allocator and of locks.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "tests/cases/test_networks.h"
#include "tests/runtime/session/allocation_counter.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

using tests::CountingScope;
using tests::Counts;

class Allocations : public testing::Test {
 protected:
  void SetUp() override {
#ifdef OCKHAM_SANITIZED
    GTEST_SKIP() << "the sanitizer's own malloc cannot be counted";
#endif
  }
};

/// Counts of one run, after one that warms up.
Counts counts_of_run(Session& session, std::int64_t batch) {
  const Graph& graph = session.model().graph();
  const Arrays inputs = random_inputs(graph, batch);
  RunArrays arrays(graph, batch, inputs);
  session.run(batch, arrays.reads, arrays.writes);
  const CountingScope scope;
  const Status status = session.run(batch, arrays.reads, arrays.writes);
  const Counts counts = scope.counts();
  EXPECT_EQ(status, Status::kOk);
  return counts;
}

constexpr Counts kNothing = {};

TEST_F(Allocations, AreCountedAndSoAreLocks) {
  std::mutex mutex;
  const CountingScope scope;
  void* volatile block = std::malloc(10);
  std::free(block);
  { const std::lock_guard lock(mutex); }
  auto* volatile object = new int(1);
  delete object;
  EXPECT_EQ(scope.counts(), (Counts{.allocations = 2, .frees = 2, .locks = 1}));
}

TEST_F(Allocations, DoNotHappenOnReferenceKernels) {
  for (const OperatorCase& problem : operator_cases()) {
    Session session(model_of(problem.graph), {.max_batch = 3, .kernels = Kernels::kReference});
    EXPECT_EQ(counts_of_run(session, 3), kNothing) << problem.name;
    EXPECT_EQ(counts_of_run(session, 1), kNothing) << problem.name;
  }
}

long onednn_steps(const ExecutionPlan& plan) {
  return std::ranges::count_if(
      plan.steps, [](const PlanStep& step) { return step.kernel.starts_with("onednn"); });
}

TEST_F(Allocations, DoNotHappenOnOwnKernels) {
  int plans = 0;
  for (const OperatorCase& problem : operator_cases()) {
    Session session(model_of(problem.graph), {.max_batch = 3});
    if (onednn_steps(session.plan()) > 0) continue;
    ++plans;
    EXPECT_EQ(counts_of_run(session, 3), kNothing) << problem.name;
  }
  EXPECT_GE(plans, 5);
}

TEST_F(Allocations, DoNotHappenWhereThreadsShareSteps) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 16, 40, 40});
  const ValueId y = net.relu("relu", net.conv("conv1", x, 48, {.kernel = 3, .pad = 1}));
  const Graph graph = net.build(net.max_pool("pool", net.conv("conv2", y, 30, {.kernel = 1})));
  Session session(model_of(graph), {.max_batch = 2, .threads = 3});
  ASSERT_EQ(onednn_steps(session.plan()), 0);
  for (int again = 0; again < 20; ++again) EXPECT_EQ(counts_of_run(session, 2), kNothing);
}

TEST_F(Allocations, DoNotHappenWhereBytesArePrepared) {
  const ArrayFormat bytes{Layout::kChannelsLast, StoredType::kUint8};
  tests::NetworkBuilder net(1);
  const Graph graph = net.build(net.conv("conv", net.input("x", {Shape::kBatch, 3, 8, 8}), 4, {}));
  Session session(model_of(graph), {.max_batch = 2,
                                    .kernels = Kernels::kReference,
                                    .input_formats = {bytes},
                                    .output_formats = {{Layout::kChannelsLast}}});
  EXPECT_EQ(counts_of_run(session, 2), kNothing);
}

TEST_F(Allocations, DoNotHappenWhereStepsRunByRows) {
  tests::NetworkBuilder net(1);
  ValueId x = net.input("x", {Shape::kBatch, 64, 64, 64});
  for (const char* name : {"first", "second", "third"}) {
    x = net.conv(name, x, 64, {.kernel = 3, .pad = 1, .groups = 64});
  }
  const Graph graph = net.build(x);
  Session session(model_of(graph), {.max_batch = 2});
  ASSERT_FALSE(session.plan().chains.empty());
  EXPECT_EQ(counts_of_run(session, 2), kNothing);
}

// oneDNN's execute allocates small blocks itself, all freed before it returns. How many depends on
// the kernel that it has for the CPU at hand: in 3.2, 8 to 10 for a convolution or linear
// layer where it runs AVX2 or AVX-512, and more on others.
constexpr long kMostPerOneDnnStep = 32;

TEST_F(Allocations, OfOneDnnAreFewFreedAndTheSameInEachRun) {
  for (const OperatorCase& problem : operator_cases()) {
    Session session(model_of(problem.graph), {.max_batch = 3});
    const long steps = onednn_steps(session.plan());
    for (const std::int64_t batch : {1, 2, 3}) {  // one execution per step each
      const Counts counts = counts_of_run(session, batch);
      const std::string found = problem.name + ": " + std::to_string(counts.allocations) +
                                " allocations, " + std::to_string(counts.frees) + " frees, " +
                                std::to_string(steps) + " steps of oneDNN";
      EXPECT_LE(counts.allocations, kMostPerOneDnnStep * steps) << found;
      EXPECT_EQ(counts.allocations, counts.frees) << found;
      for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(counts_of_run(session, batch), counts) << problem.name;
      }
    }
  }
}

}  // namespace
}  // namespace ockham
