// Subnormal numbers count as zero inside `run`, in every worker, and only there.
#include <gtest/gtest.h>

#include <cmath>

#include "runtime/cpu/kernels.h"
#include "runtime/graph/float_mode.h"
#include "runtime/plan/fuse.h"
#include "runtime/plan/layer_weights.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

#ifdef OCKHAM_WITH_ONEDNN
#include <omp.h>
#endif

namespace ockham {
namespace {

constexpr float kSubnormal = 1e-40f;

/// A 1x1 convolution whose products are all subnormal though its weights and inputs are not.
Graph tiny_products(std::int64_t size) {
  Graph graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 4, size, size});
  const ValueId weight = graph.add_constant("weight", {4, 4, 1, 1}, std::vector<float>(16, 1e-20f));
  graph.outputs = {graph.add_node("conv", Conv2d{}, {x, weight})};
  return graph;
}

/// Of the calling thread. The register also holds flags that every operation may raise.
bool is_flushing() { return (float_mode() & flushing(0)) == flushing(0); }

struct Setting {
  const char* name;
  Kernels kernels;
  int threads;
};

std::ostream& operator<<(std::ostream& out, const Setting& setting) { return out << setting.name; }

class Subnormals : public testing::TestWithParam<Setting> {
 protected:
  SessionOptions options() const {
    return {.threads = GetParam().threads, .kernels = GetParam().kernels};
  }
};

TEST_P(Subnormals, AreFlushedWhereverASessionComputes) {
  constexpr std::int64_t kSize = 64;  // enough rows for every worker
  const Graph graph = tiny_products(kSize);
  const Arrays inputs = {std::vector<float>(4 * kSize * kSize, 1e-20f)};
  EXPECT_GT(run_reference<float>(graph, 1, inputs)[0][0], 0.0f);  // not flushed out here
  Session session(model_of(graph), options());
  const Arrays outputs = run(session, 1, inputs);
  for (const float y : outputs[0]) ASSERT_EQ(y, 0.0f);
}

TEST_P(Subnormals, AreLeftAloneOutside) {
  ASSERT_FALSE(is_flushing());
  Session session(model_of(tests::lenet5(1)), options());
  EXPECT_FALSE(is_flushing());
  run(session, 1, random_inputs(session.model().graph(), 1));
  EXPECT_FALSE(is_flushing());
}

#ifdef OCKHAM_WITH_ONEDNN
TEST_P(Subnormals, AreLeftAloneInTheWorkersOfTheApplication) {
  const int threads = omp_get_max_threads();
  Session session(model_of(tests::lenet5(1)), options());
  run(session, 1, random_inputs(session.model().graph(), 1));
  EXPECT_EQ(omp_get_max_threads(), threads);
  int flushing_threads = 0;
#pragma omp parallel num_threads(4) reduction(+ : flushing_threads)
  flushing_threads += is_flushing();
  EXPECT_EQ(flushing_threads, 0);
}

TEST_P(Subnormals, StayFlushedWhereTheApplicationFlushesThem) {
  const std::uint64_t before = float_mode();
  set_float_mode(flushing(before));
  Session session(model_of(tests::lenet5(1)), options());
  run(session, 1, random_inputs(session.model().graph(), 1));
  const bool still = is_flushing();
  set_float_mode(before);
  EXPECT_TRUE(still);
}
#endif

INSTANTIATE_TEST_SUITE_P(Sessions, Subnormals,
                         testing::Values(Setting{"automatic", Kernels::kAuto, 1},
                                         Setting{"two_threads", Kernels::kAuto, 2},
                                         Setting{"reference", Kernels::kReference, 1}),
                         [](const auto& test) { return test.param.name; });

TEST(LayerWeights, AreFoldedWithBatchNormAndFlushed) {
  Graph graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 2});
  const ValueId weight =
      graph.add_constant("weight", {2, 2}, std::vector<float>{1, 2, kSubnormal, 4});
  const ValueId bias = graph.add_constant("bias", {2}, std::vector<float>{1, kSubnormal});
  const auto constant = [&](const char* name, std::vector<float> elements) {
    return graph.add_constant(name, {2}, std::move(elements));
  };
  const ValueId fc = graph.add_node("fc", Linear{}, {x, weight, bias});
  graph.outputs = {graph.add_node("bn", BatchNorm{.epsilon = 1.0f},
                                  {fc, constant("scale", {4, 1}), constant("shift", {0.5, 0}),
                                   constant("mean", {3, 0}), constant("variance", {3, 0})})};
  // Scale 4 / sqrt(3 + 1) = 2 and 1 / sqrt(0 + 1) = 1; the first bias is (1 - 3) * 2 + 0.5.
  const LayerWeights folded = layer_weights(graph, fuse({.graph = graph}, cpu::all_kernels())[0]);
  EXPECT_EQ(folded.weight, (std::vector<float>{2, 4, 0, 4}));
  EXPECT_EQ(folded.bias, (std::vector<float>{-3.5, 0}));
}

}  // namespace
}  // namespace ockham
