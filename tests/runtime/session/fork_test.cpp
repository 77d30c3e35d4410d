// A process that forks after it has run networks: the child must answer or fail, never wait for
// ever.
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

#ifdef OCKHAM_WITH_ONEDNN

TEST_F(Fork, SessionsOfSeveralThreadsFailAtOnceInTheChildOnly) {
  Session session = session_of(2);
  const Arrays expected = run(session, 2, inputs_);
  EXPECT_TRUE(holds_in_child([&] { return status_of(session) == Status::kUnsupported; }));
  EXPECT_TRUE(holds_in_child([&] {
    try {
      session_of(2);
      return false;
    } catch (const Error& error) {
      return error.status() == Status::kUnsupported;
    }
  }));
  EXPECT_EQ(run(session, 2, inputs_), expected);
}

TEST_F(Fork, ANewThreadOfTheChildHasWorkersOfItsOwn) {
  Session session = session_of(2);
  const Arrays expected = run(session, 2, inputs_);
  EXPECT_TRUE(holds_in_child([&] {
    bool same = false;
    std::jthread([&] { same = run(session, 2, inputs_) == expected; }).join();
    return same;
  }));
}

#endif

TEST_F(Fork, ForkingBeforeTheFirstSessionChangesNothing) {
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
