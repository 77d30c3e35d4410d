// Layout: the order in memory of an activation's elements. The graph knows NCHW only; this is the
// plan's affair.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/graph/shape.h"

namespace ockham {

enum class Layout : std::uint8_t {
  kRowMajor,      ///< as in the graph: NCHW
  kChannelsLast,  ///< NHWC; only rank 4 has it
};

inline std::string_view layout_name(Layout layout) {
  return layout == Layout::kRowMajor ? "nchw" : "nhwc";
}

/// Whether the two layouts of an activation differ. With one channel or one pixel they do not.
inline bool has_layouts(const Shape& shape) {
  return shape.rank() == 4 && shape[1] != 1 && shape[2] * shape[3] != 1;
}

}  // namespace ockham
