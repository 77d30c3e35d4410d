// How the threads of a block share the sums of a layer: the choice between the shapes that a walk
// has code for.
#pragma once

#include <cstdint>

namespace ockham::cuda {

/// What there is to compute.
struct LayerExtents {
  std::int64_t groups = 1;
  std::int64_t filters = 1;  ///< of a group
  std::int64_t taps = 1;     ///< of a filter
  std::int64_t pixels = 1;
};

/// What a choice is to be best at.
enum class WalkGoal {
  kSpeed,
  kSize,  ///< of the weights in shared memory
};

struct LayerChoice {
  int shape = 0;      ///< index into kLayerShapes
  int part_bits = 0;  ///< 2^part_bits threads share a sum
  std::int64_t blocks_per_group = 1;
  std::int64_t block_words = 0;
  std::int64_t pixel_groups = 1;
  std::int64_t items = 0;
  std::int64_t cycles = 0;  ///< estimated
};

LayerChoice choose_layer(const LayerExtents& extents, int threads, WalkGoal goal);

}  // namespace ockham::cuda
