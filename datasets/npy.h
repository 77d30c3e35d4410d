// NumPy's .npy files, float32, C order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace ockham::datasets {

struct Array {
  std::vector<std::int64_t> shape;
  std::vector<float> data;
  bool from_bytes = false;  ///< read from uint8
};

/// Reads little-endian float32 ("<f4"), uint8 ("|u1", converted) in C order. Throws Error naming
/// the file, found and expected: kNotFound, kIo, kInvalidModel for a damaged file, kUnsupported for
/// another element type or order.
Array read_npy(const std::filesystem::path& path);

/// Writes float32 atomically. Throws Error: kIo, kInvalidArgument when data and shape disagree.
void write_npy(const std::filesystem::path& path, const Array& array);

}  // namespace ockham::datasets
