// A process that forks after it has run networks: the child answers, and never waits for ever.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

constexpr unsigned kSecondsAtMost = 60;

/// The thread sanitizer ends a process that starts threads after a fork.
#ifdef __SANITIZE_THREAD__
constexpr bool kChildrenMayHaveThreads = false;
#else
constexpr bool kChildrenMayHaveThreads = true;
#endif

/// Whether `work` is true in a forked child that ends in time.
bool holds_in_child(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kSecondsAtMost);
    ::_exit(work() ? 0 : 1);
  }
  int status = -1;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

class Fork : public testing::Test {
 protected:
  Session session_of(int threads) const {
    return Session(model_, {.max_batch = 2, .threads = threads});
  }
  Status status_of(Session& session) const {
    RunArrays arrays(model_->graph(), 2, inputs_);
    return session.run(2, arrays.reads, arrays.writes);
  }

  std::shared_ptr<const Model> model_ = model_of(tests::lenet5(1));
  Arrays inputs_ = random_inputs(model_->graph(), 2);
};

TEST_F(Fork, ASessionOfOneThreadWorksInTheChild) {
  Session session = session_of(1);
  const Arrays expected = run(session, 2, inputs_);
  EXPECT_TRUE(holds_in_child([&] { return run(session, 2, inputs_) == expected; }));
  EXPECT_EQ(run(session, 2, inputs_), expected);
}

TEST_F(Fork, NewSessionsOfOneThreadWorkInTheChild) {
  Session session = session_of(2);
  run(session, 2, inputs_);
  Session single = session_of(1);
  const Arrays expected = run(single, 2, inputs_);
  EXPECT_TRUE(holds_in_child([&] {
    Session another = session_of(1);
    return run(another, 2, inputs_) == expected;
  }));
}

// Fork does not copy the workers. Nobody waits for them: the child does the work alone.
TEST_F(Fork, ASessionOfSeveralThreadsWorksInTheChild) {
  Session session = session_of(2);
  const Arrays expected = run(session, 2, inputs_);
  EXPECT_TRUE(holds_in_child([&] { return run(session, 2, inputs_) == expected; }));
  EXPECT_EQ(run(session, 2, inputs_), expected);
}

TEST_F(Fork, NewSessionsOfSeveralThreadsWorkInTheChild) {
  if (!kChildrenMayHaveThreads) GTEST_SKIP() << "not under the thread sanitizer";
  Session session = session_of(2);
  const Arrays expected = run(session, 2, inputs_);
  EXPECT_TRUE(holds_in_child([&] {
    auto own = std::make_unique<Session>(model_, SessionOptions{.max_batch = 2, .threads = 2});
    const bool same = run(*own, 2, inputs_) == expected;
    own.reset();
    return same;
  }));
}

TEST_F(Fork, ASessionOfTheParentCanBeDestroyedInTheChild) {
  auto session = std::make_unique<Session>(model_, SessionOptions{.max_batch = 2, .threads = 3});
  run(*session, 2, inputs_);
  EXPECT_TRUE(holds_in_child([&] {
    session.reset();
    return true;
  }));
  EXPECT_EQ(status_of(*session), Status::kOk);
}

TEST_F(Fork, ForkingBeforeTheFirstSessionChangesNothing) {
  if (!kChildrenMayHaveThreads) GTEST_SKIP() << "not under the thread sanitizer";
  // In a thread that has never run a session, whatever tests ran before.
  bool holds = false;
  std::jthread([&] {
    holds = holds_in_child([&] {
      Session session = session_of(2);
      return status_of(session) == Status::kOk;
    });
  }).join();
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace ockham
