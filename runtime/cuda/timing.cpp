#include "runtime/cuda/timing.h"

#include <algorithm>

namespace ockham::cuda {
namespace {

constexpr int kLongestRow = 10;
/// From here on, launching a row does not count beside its work.
constexpr float kRowMilliseconds = 1.0f;
/// What launching adds to work that is done once.
constexpr float kLaunchMilliseconds = 0.02f;
constexpr int kRows = 3;

int row_length(float once) {
  if (once * kLongestRow <= kRowMilliseconds) return kLongestRow;
  return std::max(1, static_cast<int>(kRowMilliseconds / once));
}

}  // namespace

std::optional<float> milliseconds_each(const std::function<Row(int times)>& row_of, float best) {
  const Row single = row_of(1);
  static_cast<void>(single());  // to warm up
  const float once = single();
  if (once > 2.0f * best + kLaunchMilliseconds) return {};
  const int length = row_length(once);
  const Row row = length == 1 ? single : row_of(length);
  if (length > 1) static_cast<void>(row());  // to warm up
  float least = row();
  for (int i = 1; i < kRows; ++i) least = std::min(least, row());
  return least / static_cast<float>(length);
}

}  // namespace ockham::cuda
