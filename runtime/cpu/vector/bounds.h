// Bounds: the range to which ReLU or a clip cuts a layer's results.
#pragma once

#include <limits>

namespace ockham::cpu {

/// ReLU and clips are of this form. What is not a number stays; `low` and `high` are numbers.
struct Bounds {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

}  // namespace ockham::cpu
