// Pictures from PNG and JPEG files, and how one becomes an image of given extents.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "runtime/graph/shape.h"

namespace ockham::datasets {

/// Bytes [height, width, channels], row-major; one channel (grey) or three (red, green, blue).
struct Picture {
  std::int64_t height = 0, width = 0, channels = 0;
  std::vector<std::uint8_t> bytes;
};

/// Whether the name ends in .png, .jpg or .jpeg, in small or large letters.
bool is_picture(const std::filesystem::path& path);

/// Reads a PNG or JPEG file, as its first bytes tell; transparency is laid over black, of 16 bits
/// the upper 8 count, palettes become colours. Throws Error naming the file: kNotFound, kIo,
/// kInvalidModel for a damaged one, kUnsupported for one beyond 2^26 pixels or of a kind that this
/// build cannot read.
Picture read_picture(const std::filesystem::path& path);

/// The picture as bytes of the image's shape [C, H, W]: scaled to cover it (linearly, each pixel
/// from all that it covers), its middle cut out; grey repeated for three channels, colours weighed
/// into one by ITU-R BT.601.
std::vector<std::uint8_t> fit(const Picture& picture, const Shape& image);

}  // namespace ockham::datasets
