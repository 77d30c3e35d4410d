// NumPy's .npy files: arrays of numbers, as float32 in C order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace ockham::datasets {

struct Array {
  std::vector<std::int64_t> shape;
  std::vector<float> data;
  bool from_bytes = false;  ///< read from uint8: pictures, in all likelihood
  bool is_int64 = false;    ///< whole numbers, written as int64
};

/// Reads floats of 2, 4 or 8 bytes, integers and bool, in either byte order and either order of
/// axes, each rounded to float32. Throws Error naming the file, found and expected: kNotFound, kIo,
/// kInvalidModel for a damaged file, kUnsupported for another element type, or a number beyond
/// float32.
Array read_npy(const std::filesystem::path& path);

/// Writes float32, or int64 where the array says so, atomically. Throws Error: kIo,
/// kInvalidArgument when data and shape disagree.
void write_npy(const std::filesystem::path& path, const Array& array);

}  // namespace ockham::datasets
