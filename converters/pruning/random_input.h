// Made-up images for verifying and self-tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// Images that a network is judged on.
inline constexpr std::int64_t kRandomImages = 2;

/// Normal numbers for `batch` images of each input of the network.
inline std::vector<std::vector<float>> random_inputs(const Graph& graph, std::int64_t batch,
                                                     std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> inputs;
  for (const ValueId id : graph.inputs) {
    const Shape shape = graph.value(id).shape.with_batch(batch);
    std::vector<float>& input = inputs.emplace_back(static_cast<std::size_t>(shape.elements()));
    std::ranges::generate(input, [&] { return normal(random); });
  }
  return inputs;
}

}  // namespace ockham::converters
