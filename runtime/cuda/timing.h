// How often work must run until it is known how long it takes: as often as is worth it.
#pragma once

#include <functional>
#include <limits>
#include <optional>

namespace ockham::cuda {

/// Does the work as often as it was made for, in a row, and tells the milliseconds of all.
using Row = std::function<float()>;

/// Where nothing is known to be faster.
inline constexpr float kNoTime = std::numeric_limits<float>::infinity();

/// Milliseconds that the work takes in the midst of others of its kind. Nothing where it takes,
/// done once, already more than twice the best time so far: then it is not worth more.
/// `row_of(times)` makes a Row.
std::optional<float> milliseconds_each(const std::function<Row(int times)>& row_of, float best);

}  // namespace ockham::cuda
