// What an import may still allocate for constants and activations.
#pragma once

#include <cstddef>
#include <string>

#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : limit_(bytes), left_(bytes) {}

  /// To be called before allocating. Throws Error(kOutOfMemory), naming `what`.
  void charge(std::size_t bytes, const std::string& what) {
    if (bytes > left_) {
      throw Error(
          Status::kOutOfMemory,
          what + " needs " + std::to_string(bytes) + " bytes, but " + std::to_string(left_) +
              " of the limit of " + std::to_string(limit_) +
              " are left; raise the memory limit (ockham-convert: --max-memory) if the file is "
              "right");
    }
    left_ -= bytes;
  }

 private:
  std::size_t limit_;
  std::size_t left_;
};

}  // namespace ockham::converters::onnx_io
