// Which extents gain from Winograd's transforms, by which tiles, and how many at once. `batch` is
// the plan's largest: the more images, the more tiles share what is read of the weights. That they
// are for 3x3 convolutions of stride 1 is `winograd_supports`'s affair (winograd_kernel.cpp).
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/cpu/image.h"
#include "runtime/cpu/vector/winograd.h"

namespace ockham::cpu {

/// How many tiles cover the output.
std::int64_t winograd_tiles(WinogradTile tile, const Image& output);

/// How many of `tiles` are transformed and multiplied together: as many as a cache holds, or more
/// where reading the weights anew for each such block takes longer than reading tiles from behind
/// the cache; about as many in each block.
std::int64_t winograd_block(WinogradTile tile, const Image& input, const Image& output,
                            std::int64_t tiles);

/// The tile that saves most of a 3x3 convolution of stride 1; none where there are fewer channels
/// than the transforms know.
std::optional<WinogradTile> winograd_tile(std::int64_t batch, const Image& input,
                                          const Image& output);

/// Whether that tile is faster than a plain convolution by more than the estimate may be off.
bool winograd_wins(std::int64_t batch, const Image& input, const Image& output);

}  // namespace ockham::cpu
