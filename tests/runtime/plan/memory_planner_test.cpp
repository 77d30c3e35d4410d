#include "runtime/plan/memory_planner.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "tests/cases/expect_error.h"

namespace ockham {
namespace {

struct Block {
  std::size_t bytes, first, last;
};

MemoryPlanner planned(const std::vector<Block>& blocks) {
  MemoryPlanner planner;
  for (const Block& block : blocks) planner.add(block.bytes, block.first, block.last);
  planner.plan();
  return planner;
}

/// Offsets of all blocks, worked out by hand in each test.
void expect_offsets(const std::vector<Block>& blocks, const std::vector<std::size_t>& offsets,
                    std::size_t arena_bytes) {
  const MemoryPlanner planner = planned(blocks);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(planner.offset(i), offsets[i]) << "block " << i;
  }
  EXPECT_EQ(planner.arena_bytes(), arena_bytes);
}

TEST(MemoryPlanner, OfNothingNeedsNothing) { expect_offsets({}, {}, 0); }

TEST(MemoryPlanner, RoundsUpToWholeCacheLines) {
  expect_offsets({{100, 0, 0}, {1, 0, 0}, {64, 0, 0}}, {0, 128, 192}, 256);
}

TEST(MemoryPlanner, ReusesABlockWhoseLifeIsOver) {
  // A chain: each step reads one block and writes the next.
  expect_offsets({{128, 0, 1}, {128, 1, 2}, {128, 2, 3}, {128, 3, 4}}, {0, 128, 0, 128}, 256);
}

TEST(MemoryPlanner, DoesNotReuseWhatTheSameStepReads) {
  expect_offsets({{64, 0, 1}, {64, 1, 1}}, {0, 64}, 128);
}

TEST(MemoryPlanner, DoesNotReuseWhatALaterStepReads) {
  // A skip connection: block 0 lives across 1 and 2.
  expect_offsets({{64, 0, 3}, {64, 1, 2}, {64, 2, 3}}, {0, 64, 128}, 192);
}

TEST(MemoryPlanner, PlacesTheLargestFirst) {
  expect_offsets({{64, 0, 0}, {256, 0, 2}, {64, 1, 1}}, {256, 0, 256}, 320);
}

TEST(MemoryPlanner, FillsAGapThatIsLargeEnough) {
  // Block 1 leaves bytes 128 to 256 free after step 1.
  expect_offsets({{128, 0, 5}, {128, 0, 1}, {128, 0, 5}, {128, 2, 3}}, {0, 128, 256, 128}, 384);
}

TEST(MemoryPlanner, SkipsAGapThatIsTooSmall) {
  // At step 1 bytes 192 to 256 lie free between blocks 1 and 2, too few for block 3.
  expect_offsets({{256, 0, 0}, {192, 1, 1}, {128, 0, 2}, {128, 1, 1}}, {0, 0, 256, 384}, 512);
}

TEST(MemoryPlanner, RefusesSizesThatOverflow) {
  MemoryPlanner planner;
  tests::expect_error(Status::kOutOfMemory, {"cannot be addressed"},
                      [&] { planner.add(SIZE_MAX, 0, 0); });
  MemoryPlanner sums;
  sums.add(SIZE_MAX / 2, 0, 0);
  tests::expect_error(Status::kOutOfMemory, {"cannot be addressed"},
                      [&] { sums.add(SIZE_MAX / 2 + 64, 0, 0); });
}

TEST(MemoryPlanner, NeverLetsLivingBlocksOverlap) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<Block> blocks;
    for (int i = 0; i < 40; ++i) {
      const std::size_t first = random() % 20;
      blocks.push_back({1 + random() % 5000, first, first + random() % 6});
    }
    const MemoryPlanner planner = planned(blocks);
    for (std::size_t a = 0; a < blocks.size(); ++a) {
      EXPECT_EQ(planner.offset(a) % MemoryPlanner::kAlignment, 0u);
      EXPECT_LE(planner.offset(a) + blocks[a].bytes, planner.arena_bytes());
      for (std::size_t b = 0; b < a; ++b) {
        const bool together =
            blocks[a].first <= blocks[b].last && blocks[b].first <= blocks[a].last;
        const bool apart = planner.offset(a) + blocks[a].bytes <= planner.offset(b) ||
                           planner.offset(b) + blocks[b].bytes <= planner.offset(a);
        EXPECT_TRUE(!together || apart) << "blocks " << a << " and " << b;
      }
    }
  }
}

}  // namespace
}  // namespace ockham
