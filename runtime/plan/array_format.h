// ArrayFormat: how a caller's arrays hold an input or output of the network.
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/plan/storage.h"

namespace ockham {

struct ArrayFormat {
  /// kChannelsLast, for images of rank 4 alone, is plain NHWC in float32 here, without padding.
  Layout layout = Layout::kRowMajor;

  bool operator==(const ArrayFormat&) const = default;
};

/// What the caller's arrays of a value are shaped like.
inline Shape array_shape(const Shape& shape, const ArrayFormat& format) {
  if (format.layout == Layout::kRowMajor) return shape;
  return {shape[0], shape[2], shape[3], shape[1]};
}

/// One for each input or output of the graph, in its order; empty: all are as in the graph.
using ArrayFormats = std::vector<ArrayFormat>;

inline ArrayFormat format_of(const ArrayFormats& formats, std::size_t index) {
  return formats.empty() ? ArrayFormat{} : formats[index];
}

}  // namespace ockham
