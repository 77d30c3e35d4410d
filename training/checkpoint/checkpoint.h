// Checkpoint files: named tensors and text, in the safetensors layout (length, JSON header, raw
// tensors), so that Python reads them too. Nothing in them is ever executed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ockham::training {

/// Element types of stored tensors; all little-endian.
enum class DType { kF32, kF64, kI64, kU8 };

/// Bytes of one element.
std::int64_t element_size(DType dtype);

/// A stored tensor, row-major. No axis means a scalar, an axis of 0 an empty tensor.
struct Tensor {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> data;  ///< element_size(dtype) bytes for each element

  bool operator==(const Tensor&) const = default;
};

/// Everything that a checkpoint file holds. Names and texts are UTF-8.
struct Checkpoint {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;

  /// The tensor called `name`. Throws Error(kInvalidModel) when there is none.
  const Tensor& tensor(const std::string& name) const;
  /// The text under `key`. Throws Error(kInvalidModel) when there is none.
  const std::string& text(const std::string& key) const;

  bool operator==(const Checkpoint&) const = default;
};

/// Writes atomically: a program killed at any moment leaves the old checkpoint or the new one.
/// Throws Error: kInvalidArgument for a tensor whose data does not fit its shape, or a name that
/// the layout cannot hold; kIo when the file cannot be written.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Reads and checks every statement of the header before it is believed. Throws Error: kNotFound,
/// kIo, kInvalidModel for a damaged file, kUnsupported for an element type other than DType's.
Checkpoint read_checkpoint(const std::filesystem::path& path);

}  // namespace ockham::training
