// SharedConstants: a model's constants in the device's memory, shared by its sessions there.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/cuda/memory.h"

namespace ockham::cuda {

/// Entries are made once and never change or go before the model does.
class SharedConstants {
 public:
  /// The entry under `key`, which names constants, layout and type; `make` yields its bytes for the
  /// first caller. Throws Error.
  std::shared_ptr<const DeviceBuffer> get(const std::string& key,
                                          const std::function<std::vector<std::byte>()>& make) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end()) return found->second;
    const std::vector<std::byte> bytes = make();
    const auto buffer = std::make_shared<DeviceBuffer>(bytes.data(), bytes.size());
    entries_.emplace(key, buffer);
    return buffer;
  }

  /// Bytes of all entries.
  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    std::size_t total = 0;
    for (const auto& [key, buffer] : entries_) total += buffer->bytes();
    return total;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const DeviceBuffer>> entries_;
};

/// The bytes of an array.
template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& elements) {
  const auto* first = reinterpret_cast<const std::byte*>(elements.data());
  return {first, first + elements.size() * sizeof(T)};
}

}  // namespace ockham::cuda
