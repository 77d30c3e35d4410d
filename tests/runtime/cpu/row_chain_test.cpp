#include "runtime/cpu/row_chain.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/cpu/cpu_executor.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "tests/cases/case_inputs.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/seed_count.h"
#include "tests/cases/test_networks.h"

namespace ockham::cpu {
namespace {

using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t kMaxBatch = 3;

/// Our own kernels, which sum alike on any number of threads.
std::vector<const Candidate*> own_kernels() {
  std::vector<const Candidate*> own;
  for (const Candidate* candidate : exact_kernels()) {
    if (!std::string_view(candidate->name).starts_with("onednn")) own.push_back(candidate);
  }
  return own;
}

/// A network on our own kernels. Chains are for one thread.
class Network {
 public:
  explicit Network(const Graph& graph, int threads = 1, std::size_t memory_limit = SIZE_MAX)
      : graph_(graph),
        executor_(make_executor({.graph = graph,
                                 .max_batch = kMaxBatch,
                                 .threads = threads,
                                 .memory_limit = memory_limit},
                                candidates_, weights_)) {}

  const ExecutionPlan& plan() const { return executor_->plan(); }
  std::size_t bytes() const { return executor_->plan().arena_bytes + executor_->memory().packed; }

  Arrays run(std::int64_t batch, std::span<std::int64_t> step_ns = {}) {
    const Arrays inputs = random_inputs(graph_, batch);
    std::vector<const float*> reads;
    for (const auto& input : inputs) reads.push_back(input.data());
    Arrays outputs;
    for (const ValueId id : graph_.outputs) {
      outputs.emplace_back(elements_of(graph_, id, batch), std::nanf(""));
    }
    std::vector<float*> writes;
    for (auto& output : outputs) writes.push_back(output.data());
    EXPECT_EQ(executor_->run(batch, reads, writes, step_ns), Status::kOk);
    return outputs;
  }

 private:
  const Graph& graph_;
  std::vector<const Candidate*> candidates_ = own_kernels();
  PackedWeights weights_;
  std::unique_ptr<Executor> executor_;
};

/// Layers on an image that is too large for the cache: all that can run by rows, with windows,
/// strides and paddings at random.
class RandomChain {
 public:
  explicit RandomChain(std::uint64_t seed) : net_(seed) {}

  Graph build() {
    ValueId x = net_.input("x", {Shape::kBatch, 6, from(40, 80), from(70, 130)});
    x = net_.conv("wide", x, from(64, 100), {.kernel = 1});
    const std::int64_t layers = from(1, 3);
    for (std::int64_t i = 0; i < layers; ++i) x = layer("layer" + std::to_string(i), x);
    return net_.build(net_.relu("relu", net_.conv("narrow", x, 7, {.kernel = 1})));
  }

 private:
  std::int64_t from(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution(least, most)(net_.random());
  }

  ValueId layer(const std::string& name, ValueId x) {
    const std::int64_t channels = net_.graph().value(x).shape[1];
    switch (from(0, 4)) {
      case 0:
        return net_.conv2d(name, x, from(50, 80), {.window = window(1, 0)});
      case 1:
        return net_.conv2d(name, x, from(8, 20), {.window = window(from(2, 3), 2)});
      case 2:
        return net_.pool(name, x, {.kind = PoolKind::kMax, .window = window(from(2, 3), 1)});
      default:
        const std::int64_t kernel = from(1, 7);
        return net_.conv2d(name, x, channels,
                           {.window = window(kernel, kernel), .groups = channels});
    }
  }

  Window2d window(std::int64_t kernel, std::int64_t most_padding) {
    Window2d window{.kernel = {kernel, kernel}};
    for (int axis = 0; axis < 2; ++axis) {
      window.stride[axis] = from(1, 2);
      window.pad_begin[axis] = from(0, most_padding);
      window.pad_end[axis] = from(0, most_padding);
    }
    return window;
  }

  tests::NetworkBuilder net_;
};

TEST(RowChain, GivesTheSameBitsAsWholeImages) {
  for (std::uint64_t seed = 0; seed < tests::seed_count(40); ++seed) {
    const Graph graph = RandomChain(seed).build();
    Network by_rows(graph), whole(graph, 2);
    ASSERT_THAT(by_rows.plan().chains, Not(testing::IsEmpty())) << "seed " << seed;
    ASSERT_THAT(whole.plan().chains, testing::IsEmpty());
    for (std::int64_t batch = 1; batch <= kMaxBatch; ++batch) {
      ASSERT_EQ(by_rows.run(batch), whole.run(batch))
          << "seed " << seed << ", batch " << batch << '\n'
          << by_rows.plan().text(graph);
    }
  }
}

void expect_same_bits(const Graph& graph, const char* first, const char* last) {
  Network by_rows(graph), whole(graph, 2);
  const ExecutionPlan& plan = by_rows.plan();
  ASSERT_THAT(plan.chains, SizeIs(1)) << plan.text(graph);
  EXPECT_EQ(plan.steps[plan.chains[0].first].name, first);
  EXPECT_EQ(plan.steps[plan.chains[0].last].name, last);
  EXPECT_EQ(by_rows.run(kMaxBatch), whole.run(kMaxBatch));
}

TEST(RowChain, AddsAResidualThatIsThereAsAWhole) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 16, 57, 112});
  const ValueId block = net.conv("block", x, 16, {.kernel = 1});
  ValueId y = net.relu("relu0", net.conv("expand", block, 96, {.kernel = 1}));
  y = net.relu("relu1", net.conv("depthwise", y, 96, {.kernel = 3, .pad = 1, .groups = 96}));
  y = net.add("sum", net.conv("project", y, 16, {.kernel = 1}), block);
  expect_same_bits(net.build(net.conv("next", y, 8, {.kernel = 1, .stride = 9})), "expand", "next");
}

TEST(RowChain, AddsAResidualThatPassesThroughIt) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 8, 141, 120});
  const ValueId passed = net.conv("shortcut", x, 96, {.kernel = 1, .stride = 2});
  const ValueId y = net.conv("branch", x, 96, {.kernel = 3, .stride = 2, .pad = 1});
  const ValueId sum = net.relu("relu", net.add("sum", y, passed));
  expect_same_bits(net.build(net.conv("next", sum, 8, {.kernel = 1, .stride = 9})), "shortcut",
                   "next");
}

/// A block of MobileNetV2 in front, and one whose activations are small.
Graph mobile_network() {
  tests::NetworkBuilder net(1);
  ValueId x = net.input("x", {Shape::kBatch, 16, 56, 112});
  x = net.relu("relu0", net.conv("expand0", x, 96, {.kernel = 1}));
  x = net.relu("relu1", net.conv("depthwise0", x, 96, {.kernel = 3, .pad = 1, .groups = 96}));
  x = net.conv("project0", x, 8, {.kernel = 1, .stride = 8});
  x = net.conv("expand1", x, 48, {.kernel = 1});
  return net.build(net.conv("depthwise1", x, 48, {.kernel = 3, .pad = 1, .groups = 48}));
}

const Placement& written_by(const ExecutionPlan& plan, const std::string& name) {
  const auto step = std::ranges::find(plan.steps, name, &PlanStep::name);
  return plan.placements[step->writes];
}

TEST(RowChain, HasTheStepsBetweenWhichMuchPasses) {
  const Graph graph = mobile_network();
  const Network network(graph);
  const ExecutionPlan& plan = network.plan();
  ASSERT_THAT(plan.chains, SizeIs(1)) << plan.text(graph);
  EXPECT_EQ(plan.steps[plan.chains[0].first].name, "expand0");
  EXPECT_EQ(plan.steps[plan.chains[0].last].name, "project0");
}

TEST(RowChain, KeepsSomeRowsOfWhatPassesInsteadOfAllImages) {
  const Graph graph = mobile_network();
  const Network by_rows(graph), whole(graph, 2);
  constexpr std::int64_t kRow = std::int64_t{112} * 96 * sizeof(float);
  const Placement& passed = written_by(by_rows.plan(), "expand0");
  EXPECT_GE(passed.rows, 3);  // the window of the depthwise layer
  EXPECT_LT(passed.rows, 56);
  EXPECT_EQ(passed.bytes, static_cast<std::size_t>(passed.rows * kRow));
  EXPECT_EQ(written_by(whole.plan(), "expand0").bytes, std::size_t{kMaxBatch * 56 * kRow});
  EXPECT_LT(by_rows.plan().arena_bytes, whole.plan().arena_bytes / 3);
}

TEST(RowChain, KeepsWithinAMemoryLimitThatAllImagesExceed) {
  const Graph graph = mobile_network();
  const std::size_t needed = Network(graph).bytes();
  EXPECT_NO_THROW(Network(graph, 1, needed));
  tests::expect_error(Status::kOutOfMemory, {"memory limit is " + std::to_string(needed - 1)},
                      [&] { Network(graph, 1, needed - 1); });
}

TEST(RowChain, IsToldByThePlan) {
  const Graph graph = mobile_network();
  const Network network(graph);
  const ExecutionPlan& plan = network.plan();
  EXPECT_THAT(plan.text(graph), HasSubstr(" rows at a time\n"));
  EXPECT_THAT(plan.text(graph), HasSubstr("\nsteps 1 to 3 run in strips of "));
}

TEST(RowChain, TimesEachOfItsSteps) {
  const Graph graph = mobile_network();
  Network network(graph);
  std::vector<std::int64_t> step_ns(network.plan().steps.size(), -1);
  network.run(kMaxBatch, step_ns);
  EXPECT_THAT(step_ns, Each(Ge(0)));
}

TEST(RowChain, EndsWhereAnotherStepWantsWholeImages) {
  tests::NetworkBuilder net(1);
  ValueId x = net.input("x", {Shape::kBatch, 64, 64, 64});
  const tests::NetworkBuilder::ConvOptions depthwise{.kernel = 3, .pad = 1, .groups = 64};
  const ValueId shared = net.conv("first", x, 64, depthwise);
  const ValueId y = net.conv("third", net.conv("second", shared, 64, depthwise), 64, depthwise);
  const Graph graph = net.build(net.add("sum", shared, y));
  Network network(graph);
  ASSERT_THAT(network.plan().chains, SizeIs(1)) << network.plan().text(graph);
  EXPECT_EQ(network.plan().steps[network.plan().chains[0].first].name, "second");
  EXPECT_EQ(network.plan().steps[network.plan().chains[0].last].name, "third");
  EXPECT_EQ(network.run(2), Network(graph, 2).run(2));  // what the sum reads was not overwritten
}

}  // namespace
}  // namespace ockham::cpu
