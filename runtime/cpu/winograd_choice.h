// Which convolutions gain from Winograd's transforms, by which tiles, and how many at once.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/cpu/image.h"
#include "runtime/cpu/vector/winograd.h"

namespace ockham::cpu {

/// In an output of these extents.
std::int64_t tiles_of(WinogradTile tile, const Image& output);

/// How many of `tiles` are transformed and multiplied together: as many as a cache holds, or more
/// where reading the weights anew for each such block takes longer than reading tiles from behind
/// the cache; about as many in each block.
std::int64_t tiles_at_once(WinogradTile tile, const Image& input, const Image& output,
                           std::int64_t tiles);

/// The tile that saves most of a 3x3 convolution of stride 1, or none where that is little.
std::optional<WinogradTile> winograd_tile(const Image& input, const Image& output);

}  // namespace ockham::cpu
