#include "runtime/cpu/winograd_choice.h"

#include <algorithm>

#include "runtime/cpu/window_axis.h"

namespace ockham::cpu {
namespace {

/// About what a second cache holds of transformed tiles, and of weights that are read again and
/// again.
constexpr std::int64_t kFloatsOfACache = std::int64_t{96} << 10;
constexpr std::int64_t kMostTiles = 96;

/// About how many steps of vectors a layer takes on one image by tiles, or plainly (no tile).
/// Counted are multiplications, sixteen a step; loads and stores of the transforms, whose
/// arithmetic about fills the time of two more; and the reading of weights.
double steps(std::optional<WinogradTile> tile, const Image& input, const Image& output) {
  const auto channels = static_cast<double>(input.channels + output.channels);
  const std::int64_t pairs = input.channels * output.channels;
  const std::int64_t products = tile ? products_of(*tile) : 9;
  const std::int64_t multiplied = tile ? tiles_of(*tile, output) : output.height * output.width;
  const std::int64_t readings =
      tile ? divide_up(multiplied, tiles_at_once(*tile, input, output, multiplied)) : 1;
  constexpr double kSixteen = 16.0, kTransform = 3.0 / 8.0;
  const double reading = products * pairs > kFloatsOfACache ? 0.85 : 0.2;
  const double of_pair =
      static_cast<double>(multiplied) / kSixteen + static_cast<double>(readings) * reading;
  const double of_transforms = tile ? static_cast<double>(multiplied) * kTransform * channels : 0.0;
  return static_cast<double>(products) * (static_cast<double>(pairs) * of_pair + of_transforms);
}

}  // namespace

std::int64_t tiles_of(WinogradTile tile, const Image& output) {
  return divide_up(output.height, outputs_of(tile)) * divide_up(output.width, outputs_of(tile));
}

std::int64_t tiles_at_once(WinogradTile tile, const Image& input, const Image& output,
                           std::int64_t tiles) {
  const std::int64_t channels = input.channels + output.channels;
  const std::int64_t fitting = kFloatsOfACache / (products_of(tile) * channels);
  const std::int64_t balanced = input.channels * output.channels / (2 * channels);
  const std::int64_t most =
      std::clamp<std::int64_t>(std::max(fitting, balanced), kMostTiles / 8, kMostTiles);
  return divide_up(tiles, divide_up(tiles, most));
}

std::optional<WinogradTile> winograd_tile(const Image& input, const Image& output) {
  constexpr double kWorthwhile = 0.85;
  // The transforms work on whole vectors.
  constexpr std::int64_t kLeastChannels = 16;
  if (std::min(input.channels, output.channels) < kLeastChannels) return std::nullopt;
  std::optional<WinogradTile> best;
  double least = kWorthwhile * steps(std::nullopt, input, output);
  for (const WinogradTile tile : {WinogradTile::k2x2, WinogradTile::k4x4}) {
    const double taken = steps(tile, input, output);
    if (taken >= least) continue;
    least = taken;
    best = tile;
  }
  return best;
}

}  // namespace ockham::cpu
