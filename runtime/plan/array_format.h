// ArrayFormat: how a caller's arrays hold an input or output of the network. Bytes of pictures are
// prepared by the plan's first steps, to the floats that `prepared` gives.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "runtime/graph/input_preprocessing.h"
#include "runtime/plan/storage.h"

namespace ockham {

struct ArrayFormat {
  /// kChannelsLast, for images of rank 4 alone, is plain NHWC here, without padding.
  Layout layout = Layout::kRowMajor;
  /// kFloat32; kUint8 for inputs: bytes of pictures, which the first step prepares.
  StoredType type = StoredType::kFloat32;
  /// What it makes of bytes. Nothing: what the model says, or else their numbers from 0 to 255.
  std::optional<InputPreprocessing> preprocessing = {};

  bool operator==(const ArrayFormat&) const = default;
};

/// What the caller's arrays of a value are shaped like.
inline Shape array_shape(const Shape& shape, const ArrayFormat& format) {
  if (format.layout == Layout::kRowMajor) return shape;
  return {shape[0], shape[2], shape[3], shape[1]};
}

/// One for each input or output of the graph, in its order; empty: all are as in the graph.
using ArrayFormats = std::vector<ArrayFormat>;

inline const ArrayFormat& format_of(const ArrayFormats& formats, std::size_t index) {
  static const ArrayFormat as_in_the_graph;
  return formats.empty() ? as_in_the_graph : formats[index];
}

}  // namespace ockham
