// Planar or tiles: which of the two runs a convolution faster.
#pragma once

#include <cstdint>

#include "runtime/cpu/image.h"
#include "runtime/graph/operators/operator_rules.h"

namespace ockham::cpu {

/// A convolution of stride 1.
struct PlanarProblem {
  const Window2d& window;
  Image input;
  Image output;             ///< before a pool
  bool pools;               ///< the largest of each square of 2x2
  std::int64_t lanes;       ///< of a vector of pixels
  std::int64_t tile_lanes;  ///< of a vector of filters
};

/// Whether vectors of pixels (vector/planar.h) are faster than vectors of filters (vector/tiles.h),
/// which are not full where filters are few.
bool planar_wins(const PlanarProblem& problem);

}  // namespace ockham::cpu
