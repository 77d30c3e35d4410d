// Sessions of one model in several threads: they share the model and its packed weights.
#include <gtest/gtest.h>

#include <thread>

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

}  // namespace
}  // namespace ockham
