// AlignedBuffer: a block of memory aligned to 64 bytes, zero-filled.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace ockham {

class AlignedBuffer {
 public:
  static constexpr std::size_t kAlignment = 64;

  /// Throws std::bad_alloc.
  explicit AlignedBuffer(std::size_t bytes)
      : data_(static_cast<std::byte*>(::operator new (bytes, std::align_val_t{kAlignment}))),
        bytes_(bytes) {
    std::memset(data_.get(), 0, bytes);
  }

  std::byte* data() const { return data_.get(); }
  float* floats() const { return reinterpret_cast<float*>(data_.get()); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Release {
    void operator()(std::byte* data) const {
      ::operator delete (data, std::align_val_t{kAlignment});
    }
  };

  std::unique_ptr<std::byte, Release> data_;
  std::size_t bytes_ = 0;
};

}  // namespace ockham
