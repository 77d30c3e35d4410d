#include "runtime/cpu/strided_copy.h"

#include "runtime/cpu/copy_run.h"
#include "runtime/cpu/transpose.h"

namespace ockham::cpu {

StridedCopy::StridedCopy(const std::vector<Axis>& axes) {
  for (const Axis& axis : axes) add(axis);
  choose_block();
  for (const Axis& axis : outer_) blocks_ *= axis.extent;
}

/// Neighbouring axes that the source walks through without a gap become one.
void StridedCopy::add(const Axis& axis) {
  if (axis.extent == 1) return;
  if (!outer_.empty() && outer_.back().stride == axis.extent * axis.stride) {
    outer_.back() = {outer_.back().extent * axis.extent, axis.stride};
  } else {
    outer_.push_back(axis);
  }
}

void StridedCopy::choose_block() {
  if (outer_.empty()) return;
  row_ = outer_.back();
  outer_.pop_back();
  if (row_.stride == 1) return;
  block_ = Block::kApart;
  if (outer_.empty() || outer_.back().stride != 1 || outer_.back().extent != row_.stride) return;
  block_ = Block::kMatrix;
  column_ = outer_.back();
  outer_.pop_back();
}

/// Where a block starts in the source.
std::int64_t StridedCopy::source_of(std::int64_t block) const {
  std::int64_t at = 0;
  for (auto axis = outer_.rbegin(); axis != outer_.rend(); ++axis) {
    at += block % axis->extent * axis->stride;
    block /= axis->extent;
  }
  return at;
}

void StridedCopy::copy_block(const float* x, float* y) const {
  switch (block_) {
    case Block::kRun:
      copy_run(x, row_.extent, y);
      break;
    case Block::kMatrix:
      transpose(x, y, row_.extent, column_.extent);
      break;
    case Block::kApart:
      for (std::int64_t i = 0; i < row_.extent; ++i) y[i] = x[i * row_.stride];
      break;
  }
}

void StridedCopy::run(ThreadPool& threads, std::int64_t batch, const float* x, float* y) const {
  constexpr std::int64_t kCost = 8;  // of an element, in multiplications
  const std::int64_t size = row_.extent * column_.extent;
  threads.share(batch * blocks_, size * kCost, [&](std::int64_t first, std::int64_t last, int) {
    for (; first < last; ++first) {
      const std::int64_t n = first / blocks_;
      copy_block(x + n * blocks_ * size + source_of(first % blocks_), y + first * size);
    }
  });
}

}  // namespace ockham::cpu
