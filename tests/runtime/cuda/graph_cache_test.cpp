// Which captured networks are kept, and found again.
#include "runtime/cuda/graph_cache.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/runtime/cuda/new_counter.h"

namespace ockham::cuda {
namespace {

/// Stands for a captured network: moves as one does.
struct FakeGraph {
  explicit FakeGraph(int of) : number(of) {}
  FakeGraph(FakeGraph&&) = default;
  FakeGraph& operator=(FakeGraph&&) = default;
  int number;
};

using Cache = GraphCache<FakeGraph>;
constexpr int kMost = Cache::kMostGraphs;

/// Two inputs and one output, among them one that `number` says.
struct Arrays {
  explicit Arrays(int number) : inputs{memory.data(), memory.data() + number} {}
  GraphKey key(std::int64_t batch = 1) const { return {batch, inputs, outputs}; }

  static inline std::array<float, 200> memory{};
  std::array<const float*, 2> inputs;
  std::array<float*, 1> outputs{memory.data()};
};

int number_of(const FakeGraph* graph) { return graph == nullptr ? -1 : graph->number; }

TEST(GraphCache, FindsWhatWasInsertedForTheSameArraysAndBatch) {
  Cache cache;
  EXPECT_EQ(cache.find(Arrays(1).key()), nullptr);
  EXPECT_EQ(cache.insert(Arrays(1).key(), FakeGraph(1)).number, 1);
  cache.insert(Arrays(1).key(2), FakeGraph(12));
  cache.insert(Arrays(2).key(), FakeGraph(2));
  EXPECT_EQ(number_of(cache.find(Arrays(1).key())), 1);
  EXPECT_EQ(number_of(cache.find(Arrays(1).key(2))), 12);
  EXPECT_EQ(number_of(cache.find(Arrays(2).key())), 2);
  EXPECT_EQ(cache.find(Arrays(3).key()), nullptr);
}

TEST(GraphCache, TellsInputsAndOutputsApart) {
  Cache cache;
  Arrays arrays(1);
  cache.insert(arrays.key(), FakeGraph(1));
  std::swap(arrays.inputs[0], arrays.inputs[1]);
  EXPECT_EQ(cache.find(arrays.key()), nullptr);
  std::swap(arrays.inputs[0], arrays.inputs[1]);
  arrays.outputs[0] += 1;
  EXPECT_EQ(cache.find(arrays.key()), nullptr);
  arrays.outputs[0] -= 1;
  EXPECT_EQ(number_of(cache.find(arrays.key())), 1);
}

TEST(GraphCache, AllocatesNothingToFind) {
  Cache cache;
  cache.insert(Arrays(1).key(), FakeGraph(1));
  const Arrays known(1), unknown(2);
  const long before = tests::new_calls();
  cache.find(known.key());
  cache.find(unknown.key());
  EXPECT_EQ(tests::new_calls(), before);
  cache.insert(unknown.key(), FakeGraph(2));
  EXPECT_GT(tests::new_calls(), before);
}

TEST(GraphCache, LetsTheLeastRecentlyUsedGo) {
  Cache cache;
  for (int i = 0; i < kMost; ++i) cache.insert(Arrays(i).key(), FakeGraph(i));
  EXPECT_NE(cache.find(Arrays(0).key()), nullptr);  // now 1 is the oldest
  cache.insert(Arrays(kMost).key(), FakeGraph(kMost));
  EXPECT_EQ(cache.find(Arrays(1).key()), nullptr);
  EXPECT_EQ(number_of(cache.find(Arrays(0).key())), 0);
  for (int i = 2; i <= kMost; ++i) EXPECT_EQ(number_of(cache.find(Arrays(i).key())), i);
}

TEST(GraphCache, KeepsWhatIsUsedInEachRun) {
  Cache cache;
  cache.insert(Arrays(0).key(), FakeGraph(0));
  for (int i = 1; i < 2 * kMost; ++i) {
    cache.insert(Arrays(i).key(), FakeGraph(i));
    EXPECT_EQ(number_of(cache.find(Arrays(0).key())), 0);
  }
}

}  // namespace
}  // namespace ockham::cuda
