#include "runtime/cpu/thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <thread>
#include <vector>

#include "runtime/graph/float_mode.h"

namespace ockham::cpu {
namespace {

constexpr std::int64_t kMuch = 1'000'000'000;  ///< cost: worth sharing, whatever the items

class ThreadPools : public testing::TestWithParam<int> {};

TEST_P(ThreadPools, DoEachItemOnce) {
  ThreadPool pool(GetParam());
  for (const std::int64_t items : {0, 1, 2, 3, 7, 31, 32, 33, 1000}) {
    std::vector<int> visits(static_cast<std::size_t>(items), 0);
    pool.share(items, kMuch, [&](std::int64_t first, std::int64_t last, int) {
      for (; first < last; ++first) ++visits[static_cast<std::size_t>(first)];
    });
    EXPECT_EQ(std::ranges::count(visits, 1), items);
  }
}

TEST_P(ThreadPools, GiveAThreadOneRangeAtATime) {
  ThreadPool pool(GetParam());
  std::vector<std::atomic<int>> inside(static_cast<std::size_t>(GetParam()));
  std::atomic<bool> together = false;
  for (int round = 0; round < 200; ++round) {
    pool.share(64, kMuch, [&](std::int64_t, std::int64_t, int thread) {
      std::atomic<int>& mine = inside[static_cast<std::size_t>(thread)];
      if (++mine != 1) together = true;
      --mine;
    });
  }
  EXPECT_FALSE(together);
}

/// Loops that follow each other at once, or after the workers have gone to sleep: a late worker
/// must neither miss a chunk nor take one of another loop.
TEST_P(ThreadPools, KeepLoopsApart) {
  ThreadPool pool(GetParam());
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::int64_t> found(40, -1);
    pool.share(40, kMuch, [&](std::int64_t first, std::int64_t last, int) {
      for (; first < last; ++first) found[static_cast<std::size_t>(first)] = first + round;
    });
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i], static_cast<std::int64_t>(i) + round);
    }
    if (round % 300 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST_P(ThreadPools, ComputeInTheCallersFloatMode) {
  ThreadPool pool(GetParam());
  for (const bool flushes : {true, false, true}) {
    const FloatModeScope scope(flushes ? flushing(float_mode()) : keeping(float_mode()));
    const std::uint64_t expected = float_mode() & flushing(0);
    std::atomic<int> others = 0;
    for (int round = 0; round < 100; ++round) {
      pool.share(64, kMuch, [&](std::int64_t, std::int64_t, int) {
        if ((float_mode() & flushing(0)) != expected) ++others;
      });
    }
    EXPECT_EQ(others, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPools, testing::Values(1, 2, 4, 9));

/// A worker that starts late must notice that the pool has ended before it sleeps.
TEST(ThreadPool, EndsHoweverLateItsWorkersAre) {
  for (int round = 0; round < 300; ++round) ThreadPool(16);
}

TEST(ThreadPool, LeavesShortLoopsToTheCaller) {
  ThreadPool pool(4);
  std::vector<int> threads;
  pool.share(100, 1, [&](std::int64_t first, std::int64_t last, int thread) {
    EXPECT_EQ(last - first, 100);
    threads.push_back(thread);
  });
  EXPECT_EQ(threads, std::vector<int>{0});
}

TEST(ThreadPool, SharesLongLoops) {
  ThreadPool pool(2);
  std::atomic<bool> worker_came = false;
  // The caller keeps its first range until a worker has had one, too.
  pool.share(16, kMuch, [&](std::int64_t, std::int64_t, int thread) {
    if (thread == 1) {
      worker_came = true;
      worker_came.notify_all();
    } else {
      worker_came.wait(false);
    }
  });
  EXPECT_TRUE(worker_came);
}

TEST(ThreadPool, ServesOneCallerAfterTheOther) {
  ThreadPool pool(3);
  std::atomic<std::int64_t> sum = 0;
  const auto add = [&] {
    pool.share(100, kMuch, [&](std::int64_t first, std::int64_t last, int) {
      for (; first < last; ++first) sum += first;
    });
  };
  add();
  std::jthread(add).join();
  EXPECT_EQ(sum, 2 * 4950);
}

TEST(ThreadPool, LeavesALoopToItsCallerWhileItIsBusyWithAnothers) {
  ThreadPool pool(2);
  std::atomic<bool> is_busy = false, may_end = false;
  std::jthread other([&] {
    pool.share(2, kMuch, [&](std::int64_t, std::int64_t, int) {
      is_busy = true;
      is_busy.notify_all();
      may_end.wait(false);
    });
  });
  is_busy.wait(false);
  std::vector<std::int64_t> ranges;
  pool.share(100, kMuch, [&](std::int64_t first, std::int64_t last, int thread) {
    EXPECT_EQ(thread, 0);
    ranges.push_back(last - first);
  });
  EXPECT_EQ(ranges, std::vector<std::int64_t>{100});
  may_end = true;
  may_end.notify_all();
}

// ---- threads of the caller's ----

using Part = CallersThreads::Part;

void in_turn(void*, std::int32_t parts, Part part, void* loop) {
  for (std::int32_t i = parts; i-- > 0;) part(loop, i);
}

void side_by_side(void*, std::int32_t parts, Part part, void* loop) {
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(parts));
  for (std::int32_t i = 0; i < parts; ++i) threads.emplace_back(part, loop, i);
}

void half_of_them(void*, std::int32_t parts, Part part, void* loop) {
  for (std::int32_t i = 0; i < parts / 2; ++i) part(loop, i);
}

void none_of_them(void*, std::int32_t, Part, void*) {}

void others_besides(void*, std::int32_t parts, Part part, void* loop) {
  for (std::int32_t i = -2; i < parts + 2; ++i) part(loop, i);
}

class PoolsOfTheCallersThreads : public testing::TestWithParam<decltype(CallersThreads::share)> {};

TEST_P(PoolsOfTheCallersThreads, DoEachItemOnce) {
  ThreadPool pool(3, {.share = GetParam()});
  for (int round = 0; round < 20; ++round) {
    std::vector<int> visits(100, 0);
    pool.share(100, kMuch, [&](std::int64_t first, std::int64_t last, int thread) {
      EXPECT_GE(thread, 0);
      EXPECT_LT(thread, 3);
      for (; first < last; ++first) ++visits[static_cast<std::size_t>(first)];
    });
    EXPECT_EQ(std::ranges::count(visits, 1), 100);
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, PoolsOfTheCallersThreads,
                         testing::Values(in_turn, side_by_side, half_of_them, none_of_them,
                                         others_besides));

TEST(PoolOfTheCallersThreads, AsksForNoMorePartsThanThreads) {
  std::vector<std::int32_t> asked;
  const auto share = [](void* context, std::int32_t parts, Part, void*) {
    static_cast<std::vector<std::int32_t>*>(context)->push_back(parts);
  };
  ThreadPool pool(4, {.share = share, .context = &asked});
  const auto nothing = [](std::int64_t, std::int64_t, int) {};
  pool.share(1000, kMuch, nothing);
  pool.share(3, kMuch, nothing);
  pool.share(1000, 1, nothing);  // too short to be shared
  EXPECT_EQ(asked, (std::vector<std::int32_t>{4, 3}));
}

TEST(PoolOfTheCallersThreads, LeavesThemTheirFloatMode) {
  const FloatModeScope flushes(flushing(float_mode()));
  std::atomic<int> inside = 0;
  const auto share = [](void*, std::int32_t, Part part, void* loop) {
    std::jthread([&] {
      const std::uint64_t theirs = keeping(float_mode());
      set_float_mode(theirs);
      part(loop, 1);
      EXPECT_EQ(float_mode() & flushing(0), theirs & flushing(0));
    }).join();
  };
  ThreadPool pool(2, {.share = share});
  pool.share(64, kMuch, [&](std::int64_t, std::int64_t, int thread) {
    inside += thread;
    EXPECT_EQ(float_mode() & flushing(0), flushing(0));
  });
  EXPECT_GT(inside, 0);
}

}  // namespace
}  // namespace ockham::cpu
