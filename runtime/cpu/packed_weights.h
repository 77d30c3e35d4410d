// PackedWeights: a model's constants in the layouts that kernels want, shared by its sessions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/cpu/aligned_buffer.h"

namespace ockham {

/// Owned by the Model. Entries are made once and never change; a model's never go before it does.
class PackedWeights {
 public:
  /// The entry under `key`, which names constants and layout; the first caller's `pack` fills its
  /// `bytes` bytes, zero before. Safe to call from several threads. Throws std::bad_alloc.
  std::shared_ptr<const AlignedBuffer> get(const std::string& key, std::size_t bytes,
                                           const std::function<void(AlignedBuffer&)>& pack);

  /// Forgets the entries that no kernel holds any more.
  void drop_unused();

  /// Bytes of all entries.
  std::size_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const AlignedBuffer>> entries_;
};

}  // namespace ockham
