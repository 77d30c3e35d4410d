#include "converters/onnx/node_order.h"

#include <cstddef>
#include <functional>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

class NodeOrder {
 public:
  explicit NodeOrder(const std::vector<FileNode>& nodes)
      : nodes_(nodes), needed_(nodes.size(), false), missing_(nodes.size(), 0) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      for (const std::string& output : nodes[i].proto->output()) producers_.emplace(output, i);
    }
  }

  /// Indices of the nodes.
  std::vector<std::size_t> needed_for(const std::unordered_set<std::string>& outputs) {
    mark_needed(outputs);
    const auto readers = link();
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (needed_[i] && missing_[i] == 0) ready.push(i);
    }
    std::vector<std::size_t> order;
    while (!ready.empty()) {
      order.push_back(ready.top());
      ready.pop();
      for (const std::size_t reader : readers[order.back()]) {
        if (--missing_[reader] == 0) ready.push(reader);
      }
    }
    refuse_cycles();
    return order;
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;

  std::size_t producer(std::string_view value) const {
    const auto found = value.empty() ? producers_.end() : producers_.find(value);
    return found == producers_.end() ? kNone : found->second;
  }

  /// The nodes whose outputs node `i` reads, as often as it reads them.
  std::vector<std::size_t> sources(std::size_t i) const {
    std::vector<std::size_t> found;
    for (const std::string_view name : names_read_by(*nodes_[i].proto)) {
      const std::size_t source = producer(name);
      if (source != kNone) found.push_back(source);
    }
    return found;
  }

  void mark_needed(const std::unordered_set<std::string>& outputs) {
    std::vector<std::size_t> waiting;
    const auto need = [&](std::size_t node) {
      if (node == kNone || needed_[node]) return;
      needed_[node] = true;
      waiting.push_back(node);
    };
    for (const std::string& output : outputs) need(producer(output));
    while (!waiting.empty()) {
      const std::size_t node = waiting.back();
      waiting.pop_back();
      for (const std::size_t source : sources(node)) need(source);
    }
  }

  /// Counts what each node waits for; returns who waits for each.
  std::vector<std::vector<std::size_t>> link() {
    std::vector<std::vector<std::size_t>> readers(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!needed_[i]) continue;
      for (const std::size_t source : sources(i)) {
        ++missing_[i];
        readers[source].push_back(i);
      }
    }
    return readers;
  }

  void refuse_cycles() const {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (missing_[i] == 0) continue;
      throw Error(Status::kInvalidModel,
                  node_text(nodes_[i].name, *nodes_[i].proto) +
                      ": is part of a cycle, or waits for one: what it reads depends on itself; "
                      "expected a graph without cycles");
    }
  }

  const std::vector<FileNode>& nodes_;
  std::unordered_map<std::string_view, std::size_t> producers_;
  std::vector<bool> needed_;
  std::vector<int> missing_;  ///< how many inputs of each node are still to be computed
};

}  // namespace

std::vector<FileNode> needed_in_order(std::vector<FileNode> nodes,
                                      const std::unordered_set<std::string>& outputs) {
  std::vector<FileNode> ordered;
  for (const std::size_t i : NodeOrder(nodes).needed_for(outputs)) {
    ordered.push_back(std::move(nodes[i]));
  }
  return ordered;
}

}  // namespace ockham::converters::onnx_io
