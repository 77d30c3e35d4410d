// Storage: how a device keeps activations in its memory. The graph knows NCHW in float32 only; this
// is the plan's affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/graph/shape.h"

namespace ockham {

enum class Layout : std::uint8_t {
  kRowMajor,      ///< as in the graph: NCHW; in float32, unless a step wants another type
  kChannelsLast,  ///< NHWC with the device's padding; in its element type, unless as above
};

/// Of the elements in a device's memory. kUint8 are bytes of pictures, in callers' arrays alone.
enum class StoredType : std::uint8_t { kFloat32, kFloat16, kBfloat16, kUint8 };

constexpr std::size_t bytes_of(StoredType type) {
  if (type == StoredType::kUint8) return 1;
  return type == StoredType::kFloat32 ? 4 : 2;
}

std::string_view name_of(StoredType type);

/// What a device makes of an activation [N, C, H, W] or [N, C] in channels-last layout: its
/// elements, and how many channels there are. Those that padding adds are computed with weights of
/// zero, and nobody relies on what they hold.
struct ChannelsLast {
  StoredType type = StoredType::kFloat32;
  bool pads = false;  ///< to what tensor cores want

  /// Channels in memory for so many of the graph's. Padding goes to 4 for images, to 8 and 16, and
  /// from there in steps of 32: of the steps tried on VGG-like networks of pruned widths these were
  /// fastest.
  std::int64_t channels(std::int64_t count) const;
  /// Whether the two layouts of an activation differ.
  bool differs(const Shape& shape) const;
  /// Elements of one image in memory.
  std::int64_t elements(const Shape& shape) const;
};

/// As the plan's texts have it: "nchw", "nhwc".
std::string_view layout_name(Layout layout);

}  // namespace ockham
