// Which nodes of a file are imported, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "converters/onnx/file_node.h"

namespace ockham::converters::onnx_io {

/// Nodes of one graph, handed out as they turn out to be needed.
class NodeOrder {
 public:
  /// Each value is the output of one node at most.
  explicit NodeOrder(std::vector<FileNode> nodes);

  /// The nodes that these values need and that were not handed out before, each behind those whose
  /// outputs it reads, and else in the order given. What a branch or loop reads does not count: it
  /// may not be taken. Throws Error(kInvalidModel) naming a node that depends on itself.
  std::vector<FileNode> take_needed(const std::unordered_set<std::string>& values);

  /// These values and all that the nodes read which may be needed for them; here what a branch or
  /// loop reads does count.
  std::unordered_set<std::string> may_be_read_for(
      const std::unordered_set<std::string>& values) const;

 private:
  static constexpr std::size_t kNone = SIZE_MAX;

  std::size_t producer(std::string_view value) const;
  std::vector<std::size_t> mark_needed(const std::unordered_set<std::string>& values);
  std::vector<std::size_t> in_order(const std::vector<std::size_t>& needed);

  std::vector<FileNode> nodes_;
  std::unordered_map<std::string_view, std::size_t> producers_;
  std::vector<bool> taken_;
  std::vector<int> missing_;  ///< how many inputs of each node are still to be computed
  std::vector<std::vector<std::size_t>> readers_;  ///< among those that are being put in order
};

}  // namespace ockham::converters::onnx_io
