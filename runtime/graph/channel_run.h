// Where the channels of an image lie in a network's input.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/graph/shape.h"

namespace ockham {

/// How many elements in a row belong to one channel, in an input of this shape that has `channels`:
/// element i of an image belongs to channel i / run % channels. Channels are axis 1 of [N, C, ...],
/// else the last axis of [N, H, W, C], else equal parts of a flat [N, F], which holds planes one
/// after the other. Nothing when the input has not so many.
inline std::optional<std::int64_t> channel_run(const Shape& input, std::int64_t channels) {
  const int rank = input.rank();
  if (channels < 1) return std::nullopt;
  if (rank < 2) return channels == 1 ? std::optional(input.elements()) : std::nullopt;
  if (rank == 4 && input[1] != channels && input[3] == channels) return 1;
  const bool fits = rank == 2 ? input[1] % channels == 0 : input[1] == channels;
  return fits ? std::optional(input.elements() / channels) : std::nullopt;
}

}  // namespace ockham
