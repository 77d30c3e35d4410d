#include "runtime/plan/memory_planner.h"

#include <algorithm>
#include <string>

#include "runtime/graph/error.h"

namespace ockham {
namespace {

[[noreturn]] void overflow(std::size_t bytes) {
  throw Error(Status::kOutOfMemory, "activations of more than " + std::to_string(bytes) +
                                        " bytes cannot be addressed; use a smaller batch");
}

}  // namespace

std::size_t MemoryPlanner::add(std::size_t bytes, std::size_t first, std::size_t last) {
  std::size_t rounded = 0;
  if (__builtin_add_overflow(bytes, kAlignment - 1, &rounded)) overflow(bytes);
  rounded -= rounded % kAlignment;
  if (__builtin_add_overflow(total_bytes_, rounded, &total_bytes_)) overflow(bytes);
  blocks_.push_back({rounded, first, last, 0});
  return blocks_.size() - 1;
}

void MemoryPlanner::plan() {
  std::vector<Block*> largest_first;
  for (Block& block : blocks_) largest_first.push_back(&block);
  std::ranges::stable_sort(largest_first, std::greater{}, &Block::bytes);

  arena_bytes_ = 0;
  std::vector<Block*> placed;
  for (Block* block : largest_first) {
    block->offset = lowest_free_offset(*block, placed);
    arena_bytes_ = std::max(arena_bytes_, block->offset + block->bytes);
    placed.insert(std::ranges::upper_bound(placed, block->offset, {}, &Block::offset), block);
  }
}

std::size_t MemoryPlanner::lowest_free_offset(const Block& block,
                                              const std::vector<Block*>& placed) const {
  std::size_t offset = 0;
  for (const Block* other : placed) {
    const bool alive_together = block.first <= other->last && other->first <= block.last;
    if (!alive_together) continue;
    if (offset + block.bytes <= other->offset) break;
    offset = std::max(offset, other->offset + other->bytes);
  }
  return offset;
}

}  // namespace ockham
