// Whole numbers that are known when a file is imported, but for the batch, which stays symbolic.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ockham::converters::onnx_io {

/// `factor`, or `factor` times the batch.
struct Extent {
  std::int64_t factor = 0;
  bool of_batch = false;  ///< never for factor 0

  bool operator==(const Extent&) const = default;
};

/// Dims may be empty (a scalar); elements are row-major. Truth values are 0 and 1.
struct ExtentTensor {
  std::vector<std::int64_t> dims;
  std::vector<Extent> elements;
};

/// "12", "N", "3 N".
inline std::string extent_text(const Extent& extent) {
  if (!extent.of_batch) return std::to_string(extent.factor);
  return extent.factor == 1 ? "N" : std::to_string(extent.factor) + " N";
}

}  // namespace ockham::converters::onnx_io
