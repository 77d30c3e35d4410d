// Tails: where networks are cut, and that both parts together compute what the whole does.
#include <gtest/gtest.h>

#include "runtime/cuda/kernels.h"
#include "runtime/cuda/walk/tail.h"
#include "runtime/graph/difference.h"
#include "runtime/plan/fuse.h"
#include "tests/cases/seed_count.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/cuda/device.h"
#include "tests/runtime/cuda/host_walk.h"

namespace ockham::cuda {
namespace {

constexpr std::int64_t kN = Shape::kBatch;
constexpr WalkDevice kDevice{.shared_bytes = std::size_t{227} << 10, .multiprocessors = 132};

std::optional<Tail> tail_of(const Graph& graph, std::int64_t max_batch = 1,
                            Precision precision = Precision::kFloat16) {
  return find_tail({.graph = graph,
                    .max_batch = max_batch,
                    .precision = precision,
                    .channels_last = channels_last(precision)},
                   all_kernels(), kDevice);
}

const Graph& sample() {
  static const Graph graph = tests::thinned_vgg(1);
  return graph;
}

/// The first part by the reference, the second as a walk on the host.
void expect_answers(const Graph& graph, const Tail& tail) {
  constexpr std::int64_t kBatch = 2;
  const Arrays inputs = random_inputs(graph, kBatch);
  const auto expected = run_reference<double>(graph, kBatch, inputs);
  const Arrays between = run_reference<float>(tail.before, kBatch, inputs);
  const Arrays found = walk_on_host(tail.schedule, kBatch, between);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_LE(relative_difference(found[i], expected[i]), 1e-4) << "output " << i;
  }
}

void expect_parts(const Graph& graph, const Tail& tail) {
  EXPECT_EQ(tail.before.nodes.size() + tail.after.nodes.size(), graph.nodes.size());
  EXPECT_EQ(tail.before.inputs, graph.inputs);
  EXPECT_EQ(tail.before.outputs, tail.after.inputs);
  EXPECT_EQ(tail.after.inputs.size(), 1u);
  EXPECT_EQ(tail.after.outputs, graph.outputs);
}

TEST(Tail, BeginsWhereLayersAreTiny) {
  for (const Precision precision :
       {Precision::kFloat32, Precision::kTf32, Precision::kFloat16, Precision::kBfloat16}) {
    SCOPED_TRACE(name_of(precision));
    const auto tail = tail_of(sample(), 1, precision);
    ASSERT_TRUE(tail);
    expect_parts(sample(), *tail);
    EXPECT_EQ(tail->after.nodes.front().name, "pool5");
    expect_answers(sample(), *tail);
  }
}

TEST(Tail, IsNotForBatchesThatFillTheDeviceManyTimes) {
  EXPECT_TRUE(tail_of(sample(), kDevice.multiprocessors));
  EXPECT_FALSE(tail_of(sample(), 100 * kDevice.multiprocessors));
}

TEST(Tail, IsNotWhatOneKernelWouldDoAsWell) {
  EXPECT_FALSE(tail_of(tests::vgg(1, {16, 512, 512}))) << "only the last layer would fit";
}

TEST(Tail, CutsWhereOneActivationIsAliveAndNoStepIsDivided) {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= tests::seed_count(200); ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = tests::random_network(seed);
    const auto tail = tail_of(graph, 1, Precision::kFloat32);
    if (!tail) continue;
    ++found;
    expect_parts(graph, *tail);
    expect_answers(graph, *tail);
    const auto steps = [](const Graph& part) {
      return fuse({.graph = part}, all_kernels()).size();
    };
    EXPECT_EQ(steps(tail->before) + steps(tail->after), steps(graph));
  }
  EXPECT_GT(found, 0);
}

TEST(Tail, DoesNotBeginBehindAnOutput) {
  tests::NetworkBuilder net(1);
  ValueId x = net.input("image", {kN, 3, 32, 32});
  const ValueId features = x = net.conv("conv0", x, 200, {.kernel = 3, .pad = 1});
  x = net.conv("conv1", x, 4, {.kernel = 3, .stride = 4});
  for (int i = 2; i < 12; ++i) x = net.conv("conv" + std::to_string(i), x, 4, {.kernel = 1});
  Graph graph = net.build(x);
  EXPECT_TRUE(tail_of(graph));
  graph.outputs = {x, features};
  EXPECT_FALSE(tail_of(graph)) << "two activations are alive at every place behind it";
}

}  // namespace
}  // namespace ockham::cuda
