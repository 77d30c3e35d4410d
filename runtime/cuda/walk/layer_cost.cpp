#include "runtime/cuda/walk/layer_cost.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "runtime/cuda/walk/walk_step.h"
#include "runtime/graph/divide_up.h"

namespace ockham::cuda {
namespace {

constexpr std::int64_t kWarp = 32;
constexpr std::int64_t kSchedulers =
    4;  ///< of a multiprocessor: each issues one instruction a cycle
constexpr int kMostPartBits = 5;

/// What one warp does for its items, in instructions of a scheduler and in turns of the shared
/// memory, which all warps share; and how long it takes when nobody else is there.
struct WarpCost {
  std::int64_t instructions, turns, latency;
};

WarpCost warp_cost(const LayerShape& shape, std::int64_t part_bits, std::int64_t taps) {
  const std::int64_t pixels = shape.pixels, sums = pixels * shape.filters;
  const std::int64_t words = record_words(shape.filters);
  const std::int64_t loads = pixels + divide_up(words, 4);
  const std::int64_t record_turns = std::max(divide_up(words, 4), (words << part_bits) / kWarp);
  const std::int64_t own_taps = divide_up(taps, std::int64_t{1} << part_bits);
  WarpCost cost;
  cost.instructions =
      own_taps * (loads + pixels + sums + 1) + 2 * part_bits * sums + 4 * sums + 12 * pixels + 30;
  cost.turns = own_taps * (pixels + record_turns) + part_bits * sums + sums;
  // Four taps wait for their records and numbers together.
  cost.latency = cost.instructions + divide_up(own_taps, 4) * 60 + part_bits * 25 + 100;
  return cost;
}

/// Of so many warps side by side.
std::int64_t cycles(const WarpCost& one, std::int64_t warps) {
  return std::max(
      {divide_up(warps, kSchedulers) * one.instructions, warps * one.turns, one.latency});
}

LayerChoice layer_choice(const LayerExtents& extents, int shape_index, int part_bits, int threads) {
  const LayerShape& shape = kLayerShapes[shape_index];
  LayerChoice choice{.shape = shape_index, .part_bits = part_bits};
  choice.blocks_per_group = divide_up(extents.filters, shape.filters);
  choice.block_words = divide_up((extents.taps + 1) * record_words(shape.filters), 4) * 4;
  choice.pixel_groups = divide_up(extents.pixels, shape.pixels);
  choice.items = (extents.groups * choice.blocks_per_group * choice.pixel_groups) << part_bits;

  const WarpCost one = warp_cost(shape, part_bits, extents.taps);
  const std::int64_t whole = choice.items / threads, rest = choice.items % threads;
  choice.cycles = whole * cycles(one, threads / kWarp);
  if (rest > 0) choice.cycles += cycles(one, divide_up(rest, kWarp));
  return choice;
}

}  // namespace

LayerChoice choose_layer(const LayerExtents& extents, int threads, WalkGoal goal) {
  const auto badness = [&](const LayerChoice& choice) {
    const std::int64_t words = choice.blocks_per_group * choice.block_words;
    return std::tuple(goal == WalkGoal::kSize ? words : 0, choice.cycles);
  };
  LayerChoice best = layer_choice(extents, 0, 0, threads);
  for (int shape = 0; shape < static_cast<int>(std::size(kLayerShapes)); ++shape) {
    for (int part_bits = 0; part_bits <= kMostPartBits; ++part_bits) {
      const LayerChoice choice = layer_choice(extents, shape, part_bits, threads);
      if (badness(choice) < badness(best)) best = choice;
    }
  }
  return best;
}

}  // namespace ockham::cuda
