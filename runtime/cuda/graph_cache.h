// GraphCache: what was captured for which arrays. Host code, tested without a GPU.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ockham::cuda {

/// What a captured network is bound to.
struct GraphKey {
  std::int64_t batch = 1;
  std::span<const float* const> inputs;
  std::span<float* const> outputs;
};

/// At most `kMostGraphs` of them; the least recently used goes first. Looking one up allocates
/// nothing.
template <class Graph>
class GraphCache {
 public:
  static constexpr std::size_t kMostGraphs = 64;

  /// The graph of this key, or null. It stays until the next call of `insert`.
  Graph* find(const GraphKey& key) noexcept {
    const auto found =
        std::ranges::find_if(entries_, [&](const Entry& entry) { return entry.is_of(key); });
    if (found == entries_.end()) return nullptr;
    found->used = ++uses_;
    return &found->graph;
  }

  /// Keeps the graph of a key that `find` did not find.
  Graph& insert(const GraphKey& key, Graph graph) {
    if (entries_.size() >= kMostGraphs) {
      entries_.erase(std::ranges::min_element(entries_, {}, &Entry::used));
    }
    entries_.push_back({key.batch,
                        {key.inputs.begin(), key.inputs.end()},
                        {key.outputs.begin(), key.outputs.end()},
                        ++uses_,
                        std::move(graph)});
    return entries_.back().graph;
  }

 private:
  struct Entry {
    std::int64_t batch = 1;
    std::vector<const float*> inputs;
    std::vector<float*> outputs;
    std::uint64_t used = 0;  ///< number of the last use
    Graph graph;

    bool is_of(const GraphKey& key) const {
      return batch == key.batch && std::ranges::equal(inputs, key.inputs) &&
             std::ranges::equal(outputs, key.outputs);
    }
  };

  std::vector<Entry> entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace ockham::cuda
