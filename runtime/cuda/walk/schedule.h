// Schedule: a tiny network as a walk of one thread block through all its layers, with weights and
// activations in the block's shared memory. One launch then runs the network, one image a block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/cuda/walk/walk_step.h"
#include "runtime/plan/candidate.h"

namespace ockham::cuda {

struct Schedule {
  /// The most inputs, and outputs, of a network.
  static constexpr std::size_t kMaxPorts = 8;

  std::vector<WalkStep> steps;
  std::vector<WalkInput> inputs;  ///< in the graph's order
  std::vector<WalkOutput> outputs;
  /// What lies in shared memory behind the activations, from `activation_words` on: the steps
  /// first. A multiple of four words.
  std::vector<Word> parameters;
  std::int32_t activation_words = 0;  ///< of one image; a multiple of four
  /// The first of these, which hold images with borders: zeros before a walk begins. A multiple of
  /// four, too.
  std::int32_t zeroed_words = 0;
  std::int32_t threads = 0;       ///< of a block
  std::int64_t layer_cycles = 0;  ///< estimated, of the layers of one image

  /// Shared memory of a block.
  std::size_t shared_bytes() const {
    return (static_cast<std::size_t>(activation_words) + parameters.size()) * sizeof(Word);
  }
};

/// The walk through a network; nullopt when it has an operator that walks do not know, when weights
/// and activations need more than `shared_bytes`, or when it has so much to compute that a kernel
/// for each layer, which many multiprocessors share, is faster for one image.
std::optional<Schedule> make_schedule(const PlanRequest& request, std::size_t shared_bytes);

}  // namespace ockham::cuda
