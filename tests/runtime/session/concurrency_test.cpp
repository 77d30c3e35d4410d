// Sessions of one model in several threads, which share the model and its packed weights; and
// threads of one session.
#include <gtest/gtest.h>

#include <thread>

#include "runtime/cpu/thread_pool.h"
#include "runtime/graph/difference.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

class TwoSessions : public testing::TestWithParam<Kernels> {};

TEST_P(TwoSessions, CreatedAndRunAtTheSameTimeGiveTheSameAnswers) {
  const auto model = model_of(tests::residual_network(5));
  const Arrays inputs = random_inputs(model->graph(), 2);
  const SessionOptions options{.max_batch = 2, .kernels = GetParam()};
  std::vector<Arrays> last(2);
  const auto work = [&](std::size_t me) {
    Session session(model, options);
    for (int i = 0; i < 50; ++i) last[me] = run(session, 2, inputs);
  };
  {
    std::jthread other(work, 1);
    work(0);
  }
  EXPECT_EQ(last[0], last[1]);
  Session alone(model, options);
  EXPECT_EQ(run(alone, 2, inputs), last[0]);
}

INSTANTIATE_TEST_SUITE_P(Kernels, TwoSessions, testing::Values(Kernels::kAuto, Kernels::kReference),
                         [](const auto& test) {
                           return test.param == Kernels::kAuto ? "automatic" : "reference";
                         });

TEST(SessionThreads, ASessionMayMoveFromThreadToThread) {
  const auto model = model_of(tests::lenet5(1));
  Session session(model, {});
  const Arrays inputs = random_inputs(model->graph(), 1);
  const Arrays here = run(session, 1, inputs);
  Arrays there;
  std::jthread([&] { there = run(session, 1, inputs); }).join();
  EXPECT_EQ(there, here);
}

// ---- threads of one session ----

constexpr std::int64_t kN = Shape::kBatch;

struct SharedCase {
  const char* name;
  Graph graph;
};

std::ostream& operator<<(std::ostream& out, const SharedCase& shared) { return out << shared.name; }

/// Layers that are large enough for their loops to be shared, one kind each.
std::vector<SharedCase> shared_cases() {
  std::vector<SharedCase> cases;
  const auto add = [&](const char* name, const Shape& shape, const auto& layer) {
    tests::NetworkBuilder net(1);
    const ValueId x = net.input("x", shape);
    cases.push_back({name, net.build(layer(net, x))});
  };
  add("winograd", {kN, 32, 40, 40}, [](auto& net, ValueId x) {
    return net.relu("relu", net.conv("conv", x, 48, {.kernel = 3, .pad = 1}));
  });
  add("one_tile_of_winograd", {kN, 64, 2, 2},
      [](auto& net, ValueId x) { return net.conv("conv", x, 48, {.kernel = 3, .pad = 1}); });
  add("padded_rows", {kN, 9, 61, 37}, [](auto& net, ValueId x) {
    return net.conv("conv", x, 21, {.kernel = 5, .stride = 2, .pad = 2});
  });
  add("pixels", {kN, 97, 29, 31}, [](auto& net, ValueId x) {
    return net.unary("tanh", net.conv("conv", x, 33, {.kernel = 1}), {.kind = UnaryKind::kTanh});
  });
  add("one_pixel", {kN, 333, 1, 1},
      [](auto& net, ValueId x) { return net.conv("conv", x, 222, {.kernel = 1}); });
  add("few_pixels", {kN, 210, 3, 3}, [](auto& net, ValueId x) {
    return net.unary("tanh", net.conv("conv", x, 199, {.kernel = 3, .pad = 1}),
                     {.kind = UnaryKind::kTanh});
  });
  add("one_column", {kN, 64, 45, 1},
      [](auto& net, ValueId x) { return net.conv("conv", x, 65, {.kernel = 3, .pad = 1}); });
  add("residual", {kN, 50, 21, 17}, [](auto& net, ValueId x) {
    return net.relu("relu", net.add("add", x, net.conv("conv", x, 50, {.kernel = 3, .pad = 1})));
  });
  add("linear", {kN, 1001}, [](auto& net, ValueId x) {
    return net.unary("sigmoid", net.linear("fc", x, 777), {.kind = UnaryKind::kSigmoid});
  });
  add("planar", {kN, 3, 51, 53}, [](auto& net, ValueId x) {
    return net.unary("tanh", net.conv("conv", x, 11, {.kernel = 5, .pad = 2}),
                     {.kind = UnaryKind::kTanh});
  });
  add("planar_pool", {kN, 4, 49, 51}, [](auto& net, ValueId x) {
    return net.max_pool("pool", net.relu("relu", net.conv("conv", x, 9, {.kernel = 5, .pad = 1})));
  });
  add("depthwise", {kN, 77, 45, 45}, [](auto& net, ValueId x) {
    return net.conv("conv", x, 77, {.kernel = 3, .pad = 1, .groups = 77});
  });
  add("pools", {kN, 48, 64, 64}, [](auto& net, ValueId x) {
    const Pool2d average{.kind = PoolKind::kAverage,
                         .window = {.kernel = {3, 3}, .pad_begin = {1, 1}, .pad_end = {1, 1}}};
    return net.max_pool("max", net.pool("average", x, average));
  });
  add("elements", {kN, 31, 50, 50}, [](auto& net, ValueId x) {
    const ValueId y = net.unary("exp", x, {.kind = UnaryKind::kSigmoid});
    return net.relu("relu", net.binary("mul", BinaryKind::kMul, net.add("add", x, y),
                                       net.constant("scale", {31, 1, 1}, 1.0, 0.1)));
  });
  return cases;
}

class ThreadsOfASession : public testing::TestWithParam<SharedCase> {};

TEST_P(ThreadsOfASession, ShareStepsWithoutChangingABit) {
  constexpr std::int64_t kMaxBatch = 3;
  const auto model = model_of(GetParam().graph);
  for (const std::int64_t batch : {std::int64_t{1}, kMaxBatch}) {
    SCOPED_TRACE(batch);
    const Arrays inputs = random_inputs(model->graph(), batch);
    const auto expected = run_reference<double>(model->graph(), batch, inputs);
    for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
      SCOPED_TRACE(name_of(precision));
      const auto answers = [&](int threads) {
        Session session(model,
                        {.max_batch = kMaxBatch, .threads = threads, .precision = precision});
        return run(session, batch, inputs);
      };
      const Arrays two = answers(2);
      EXPECT_LE(relative_difference(two[0], expected[0]), tolerance_of(precision));
      EXPECT_LE(relative_difference(answers(1)[0], expected[0]), tolerance_of(precision));
      for (const int threads : {2, 3, 4}) EXPECT_EQ(answers(threads), two) << threads << " threads";
    }
  }
}

TEST_P(ThreadsOfASession, AnswerForAnImageAloneAsInABatch) {
  constexpr std::int64_t kMaxBatch = 3;
  const auto model = model_of(GetParam().graph);
  Session session(model, {.max_batch = kMaxBatch, .threads = 2});
  const Arrays inputs = random_inputs(model->graph(), kMaxBatch);
  const std::vector<float> together = run(session, kMaxBatch, inputs)[0];
  const auto image = [](const std::vector<float>& of_all, std::int64_t n) {
    const auto size = static_cast<std::ptrdiff_t>(of_all.size()) / kMaxBatch;
    return std::vector<float>(of_all.begin() + n * size, of_all.begin() + (n + 1) * size);
  };
  for (std::int64_t n = 0; n < kMaxBatch; ++n) {
    EXPECT_EQ(run(session, 1, {image(inputs[0], n)})[0], image(together, n)) << "image " << n;
  }
}

TEST_P(ThreadsOfASession, MayBeThoseOfOtherSessions) {
  const auto model = model_of(GetParam().graph);
  const Arrays inputs = random_inputs(model->graph(), 1);
  Session own(model, {.threads = 3});
  const Arrays expected = run(own, 1, inputs);
  const auto pool = std::make_shared<cpu::ThreadPool>(3);
  std::vector<Arrays> last(2);
  const auto work = [&](std::size_t me) {
    Session session(model, {.pool = pool});
    EXPECT_EQ(session.options().threads, 3);
    for (int i = 0; i < 5; ++i) last[me] = run(session, 1, inputs);
  };
  {
    std::jthread other(work, 1);
    work(0);
  }
  EXPECT_EQ(last[0], expected);
  EXPECT_EQ(last[1], expected);
}

INSTANTIATE_TEST_SUITE_P(Layers, ThreadsOfASession, testing::ValuesIn(shared_cases()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace ockham
