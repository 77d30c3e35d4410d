// How the axes of one image lie in memory.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/shape.h"
#include "runtime/plan/storage.h"

namespace ockham::cpu {

/// The axes behind the batch, outermost first. Channels are last only in images of rank 4.
std::vector<int> memory_axes(int rank, Layout layout);

/// Of each axis how far apart neighbours lie, in elements; of the batch, the elements of an image.
std::vector<std::int64_t> memory_strides(const Shape& shape, Layout layout);

/// One image as lines along an axis: element `k` of line (o, i) is number (o * extent + k) * inner
/// + i in memory.
struct Lines {
  std::int64_t outer, extent, inner;

  std::int64_t elements() const { return outer * extent * inner; }
};

/// `axis` is not the batch.
Lines lines_along(const Shape& shape, std::int64_t axis, Layout layout);

}  // namespace ockham::cpu
