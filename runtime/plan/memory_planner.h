// MemoryPlanner: offsets in one arena for blocks whose lifetimes are known.
#pragma once

#include <cstddef>
#include <vector>

namespace ockham {

/// Greedy: the largest block first, each at the lowest offset where it meets no block that lives at
/// the same time. Offsets are multiples of `kAlignment`.
class MemoryPlanner {
 public:
  static constexpr std::size_t kAlignment = 64;

  /// Adds a block in use from step `first` to step `last`, both included; returns its index.
  /// Throws Error(kOutOfMemory) when the sizes of all blocks together overflow.
  std::size_t add(std::size_t bytes, std::size_t first, std::size_t last);

  /// Places all blocks.
  void plan();

  /// Offset of a block, after `plan`.
  std::size_t offset(std::size_t block) const { return blocks_[block].offset; }
  /// Size of the arena, after `plan`.
  std::size_t arena_bytes() const { return arena_bytes_; }

 private:
  struct Block {
    std::size_t bytes, first, last, offset;
  };

  std::size_t lowest_free_offset(const Block& block, const std::vector<Block*>& placed) const;

  std::vector<Block> blocks_;
  std::size_t total_bytes_ = 0;
  std::size_t arena_bytes_ = 0;
};

}  // namespace ockham
