#include "runtime/cpu/winograd_choice.h"

#include <algorithm>

#include "runtime/cpu/window_axis.h"

namespace ockham::cpu {
namespace {

/// About what an L2 cache holds of transformed tiles, or of weights that are read again and again.
constexpr std::int64_t kFloatsOfACache = std::int64_t{96} << 10;
/// Tiles of a block: a tile of vector/tiles.h is full from 12 on, and from 96 on more gain nothing.
constexpr std::int64_t kLeastBlock = 12, kMostBlock = 96;

/// Estimated times, in steps of sixteen multiplications, as fitted on an AMD EPYC (Zen 2, AVX2):
/// of reading a weight from an L2 cache and from behind it, and of what the transforms do with a
/// channel of a tile, for each of its products.
constexpr double kSixteen = 16.0, kReadNear = 0.2, kReadFar = 0.85, kTransform = 3.0 / 8.0;

/// By tiles or plainly (no tile).
double estimated_time(std::optional<WinogradTile> tile, std::int64_t batch, const Image& input,
                      const Image& output) {
  const std::int64_t weights = input.channels * output.channels;
  const std::int64_t products = tile ? products_of(*tile) : 9;
  const std::int64_t places =
      saturating_multiply(batch, tile ? winograd_tiles(*tile, output) : output.pixels());
  const std::int64_t blocks =
      tile ? divide_up(places, winograd_block(*tile, input, output, places)) : batch;
  const double read = products * weights > kFloatsOfACache ? kReadFar : kReadNear;
  const double of_weight =
      static_cast<double>(places) / kSixteen + static_cast<double>(blocks) * read;
  const auto channels = static_cast<double>(input.channels + output.channels);
  const double of_transforms = tile ? static_cast<double>(places) * channels * kTransform : 0.0;
  return static_cast<double>(products) * (static_cast<double>(weights) * of_weight + of_transforms);
}

}  // namespace

std::int64_t winograd_tiles(WinogradTile tile, const Image& output) {
  return divide_up(output.height, outputs_of(tile)) * divide_up(output.width, outputs_of(tile));
}

std::int64_t winograd_block(WinogradTile tile, const Image& input, const Image& output,
                            std::int64_t tiles) {
  const std::int64_t channels = input.channels + output.channels;
  const std::int64_t fitting = kFloatsOfACache / (products_of(tile) * channels);
  // As many weights are read for a block as numbers of its tiles are written and read again.
  const std::int64_t balanced = input.channels * output.channels / (2 * channels);
  const std::int64_t most = std::clamp(std::max(fitting, balanced), kLeastBlock, kMostBlock);
  return divide_up(tiles, divide_up(tiles, most));
}

std::optional<WinogradTile> winograd_tile(std::int64_t batch, const Image& input,
                                          const Image& output) {
  constexpr std::int64_t kLeastChannels = 16;  // a vector's; the transforms know no less
  if (std::min(input.channels, output.channels) < kLeastChannels) return std::nullopt;
  const auto time = [&](WinogradTile tile) { return estimated_time(tile, batch, input, output); };
  return time(WinogradTile::k4x4) < time(WinogradTile::k2x2) ? WinogradTile::k4x4
                                                             : WinogradTile::k2x2;
}

bool winograd_wins(std::int64_t batch, const Image& input, const Image& output) {
  constexpr double kWorthwhile = 0.85;  // of the plain convolution's time
  const std::optional<WinogradTile> tile = winograd_tile(batch, input, output);
  return tile && estimated_time(*tile, batch, input, output) <
                     kWorthwhile * estimated_time(std::nullopt, batch, input, output);
}

}  // namespace ockham::cpu
