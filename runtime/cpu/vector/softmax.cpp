#include "runtime/cpu/vector/softmax.h"

#include <algorithm>
#include <limits>

// One body for every kind of vector: Highway compiles this file again for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/softmax.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// These must come behind it.
#include "runtime/cpu/vector/exp-inl.h"
#include "runtime/cpu/vector/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The first `count` floats: a whole vector where there are as many or more; `filler` behind them.
HWY_INLINE Vector load_or(const float* from, std::int64_t count, float filler) {
  const Floats d;
  if (count >= kLanes) return hn::LoadU(d, from);
  const auto loaded = hn::FirstN(d, static_cast<std::size_t>(count));
  return hn::IfThenElse(loaded, load_first(from, count), hn::Set(d, filler));
}

/// Of sums of exponentials, which are at least 1 or not a number.
HWY_INLINE Vector logarithm(Vector sum) {
  return hn::IfThenElse(hn::IsNaN(sum), sum, hn::Log(Floats(), sum));
}

/// Up to a vector of columns.
void softmax_of_vector(const SoftmaxColumns& block) {
  const Floats d;
  const auto load = [&](std::int64_t row) {
    return load_or(block.x + row * block.stride, block.columns, 0.0f);
  };
  const auto store = [&](Vector result, std::int64_t row) {
    store_first(result, block.y + row * block.stride, block.columns);
  };
  Vector most = load(0), sum = hn::Zero(d);
  for (std::int64_t row = 1; row < block.rows; ++row) most = maximum(load(row), most);
  for (std::int64_t row = 0; row < block.rows; ++row) {
    const Vector exponential = exp_of_any(d, hn::Sub(load(row), most));
    sum = hn::Add(sum, exponential);
    if (!block.logarithm) store(exponential, row);
  }
  const Vector subtracted = block.logarithm ? logarithm(sum) : hn::Zero(d);
  for (std::int64_t row = 0; row < block.rows; ++row) {
    if (block.logarithm) {
      store(hn::Sub(hn::Sub(load(row), most), subtracted), row);
    } else {
      store(hn::Div(load_or(block.y + row * block.stride, block.columns, 0.0f), sum), row);
    }
  }
}

}  // namespace

void softmax_columns(const SoftmaxColumns& whole) {
  SoftmaxColumns block = whole;
  for (std::int64_t column = 0; column < whole.columns; column += kLanes) {
    block.x = whole.x + column;
    block.y = whole.y + column;
    block.columns = std::min(kLanes, whole.columns - column);
    softmax_of_vector(block);
  }
}

void softmax_line(const SoftmaxLine& line) {
  const Floats d;
  // Behind the last number minus infinity, whose exponential is 0.
  const auto load = [&](std::int64_t i) { return load_or(line.x + i, line.count - i, -kInfinity); };
  Vector most_of_each = load(0);
  for (std::int64_t i = kLanes; i < line.count; i += kLanes) {
    most_of_each = hn::Max(load(i), most_of_each);
  }
  // What is not a number may get lost here; its exponential makes the sum not a number.
  const Vector most = hn::MaxOfLanes(d, most_of_each);
  Vector sum_of_each = hn::Zero(d);
  for (std::int64_t i = 0; i < line.count; i += kLanes) {
    const Vector exponential = exp_of_any(d, hn::Sub(load(i), most));
    sum_of_each = hn::Add(sum_of_each, exponential);
    if (!line.logarithm) store_first(exponential, line.y + i, line.count - i);
  }
  const Vector sum = hn::SumOfLanes(d, sum_of_each);
  const Vector subtracted = line.logarithm ? logarithm(sum) : hn::Zero(d);
  for (std::int64_t i = 0; i < line.count; i += kLanes) {
    const Vector result = line.logarithm ? hn::Sub(hn::Sub(load(i), most), subtracted)
                                         : hn::Div(load_or(line.y + i, line.count - i, 0.0f), sum);
    store_first(result, line.y + i, line.count - i);
  }
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
