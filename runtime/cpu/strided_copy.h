// StridedCopy: brings elements into another order.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/cpu/thread_pool.h"

namespace ockham::cpu {

/// Writes images one element after the other, and reads each from where its axes say.
class StridedCopy {
 public:
  /// An axis of the result, and how far apart its elements lie in the source.
  struct Axis {
    std::int64_t extent, stride;
  };

  /// Axes of one image, outermost first. They visit every element of the source once.
  explicit StridedCopy(const std::vector<Axis>& axes);

  /// `x` and `y` hold `batch` images each and do not overlap.
  void run(ThreadPool& threads, std::int64_t batch, const float* x, float* y) const;

 private:
  /// What is moved at once: elements side by side, a matrix to be transposed, or elements apart.
  enum class Block { kRun, kMatrix, kApart };

  void add(const Axis& axis);
  void choose_block();
  std::int64_t source_of(std::int64_t block) const;
  void copy_block(const float* x, float* y) const;

  std::vector<Axis> outer_;  ///< of blocks, outermost first
  Block block_ = Block::kRun;
  Axis row_{1, 1}, column_{1, 1};  ///< of a block; only a matrix has columns
  std::int64_t blocks_ = 1;        ///< of an image
};

}  // namespace ockham::cpu
