// AlignedBuffer: a block of memory aligned to 64 bytes, zero-filled.
#pragma once

#include <cstddef>
#include <memory>

namespace ockham {

class AlignedBuffer {
 public:
  static constexpr std::size_t kAlignment = 64;

  /// Throws std::bad_alloc.
  explicit AlignedBuffer(std::size_t bytes);

  std::byte* data() const { return data_.get(); }
  float* floats() const { return reinterpret_cast<float*>(data_.get()); }
  std::size_t bytes() const { return data_.get_deleter().bytes; }

 private:
  struct Release {
    std::size_t bytes;
    void operator()(std::byte* data) const;
  };

  std::unique_ptr<std::byte, Release> data_;
};

}  // namespace ockham
