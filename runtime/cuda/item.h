// Items: what threads compute, numbered so that neighbouring threads read and write neighbouring
// channels.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/cuda/host_device.h"

namespace ockham::cuda {

/// The items of one image.
struct ItemExtents {
  int rows = 1;
  int columns = 1;
  int parts = 1;  ///< groups of neighbouring channels

  OCKHAM_HOST_DEVICE int count() const { return rows * columns * parts; }
};

struct Item {
  int image, row, column, part;
};

/// Item i. In 32 bits, as divisions of 64 bits would take longer than most items.
OCKHAM_HOST_DEVICE inline Item item_at(const ItemExtents& extents, int i) {
  const auto parts = static_cast<unsigned>(extents.parts);
  const auto columns = static_cast<unsigned>(extents.columns);
  const auto rows = static_cast<unsigned>(extents.rows);
  const unsigned pixel = static_cast<unsigned>(i) / parts, line = pixel / columns;
  return {static_cast<int>(line / rows), static_cast<int>(line % rows),
          static_cast<int>(pixel % columns), static_cast<int>(static_cast<unsigned>(i) % parts)};
}

/// Calls `run` with the first image and the number of items of parts of a batch: so few items that
/// 32 bits count them, and the steps of a grid beyond the last. Those of one image are so few.
template <class Run>
void for_parts_of(std::int64_t batch, const ItemExtents& extents, Run run,
                  std::int64_t most_items = 1 << 30) {
  const std::int64_t most = std::max<std::int64_t>(most_items / extents.count(), 1);
  for (std::int64_t first = 0; first < batch; first += most) {
    const std::int64_t images = std::min(most, batch - first);
    run(first, static_cast<int>(images) * extents.count());
  }
}

/// Whether a position is one of `extent`.
OCKHAM_HOST_DEVICE inline bool is_inside(int position, int extent) {
  return static_cast<unsigned>(position) < static_cast<unsigned>(extent);
}

OCKHAM_HOST_DEVICE inline int nearest_inside(int position, int extent) {
  return position < 0 ? 0 : position < extent ? position : extent - 1;
}

}  // namespace ockham::cuda
