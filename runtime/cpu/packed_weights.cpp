#include "runtime/cpu/packed_weights.h"

namespace ockham {

std::shared_ptr<const AlignedBuffer> PackedWeights::get(
    const std::string& key, std::size_t bytes, const std::function<void(AlignedBuffer&)>& pack) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) return found->second;
  const auto buffer = std::make_shared<AlignedBuffer>(bytes);
  pack(*buffer);
  entries_.emplace(key, buffer);
  return buffer;
}

void PackedWeights::drop_unused() {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

std::size_t PackedWeights::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t total = 0;
  for (const auto& [key, buffer] : entries_) total += buffer->bytes();
  return total;
}

}  // namespace ockham
