#include "converters/onnx/node_order.h"

#include <cstddef>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>

#include "converters/onnx/import_node.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::GraphProto;
using ::onnx::NodeProto;

class NodeOrder {
 public:
  explicit NodeOrder(const GraphProto& graph)
      : graph_(graph), missing_(size(), 0), readers_(size()) {
    for (int i = 0; i < graph.node_size(); ++i) {
      for (const std::string& output : graph.node(i).output()) producers_.emplace(output, i);
    }
    link();
  }

  std::vector<int> sorted() {
    std::priority_queue<int, std::vector<int>, std::greater<>> ready;
    for (int i = 0; i < graph_.node_size(); ++i) {
      if (missing_[at(i)] == 0) ready.push(i);
    }
    std::vector<int> order;
    while (!ready.empty()) {
      order.push_back(ready.top());
      ready.pop();
      for (const int reader : readers_[at(order.back())]) {
        if (--missing_[at(reader)] == 0) ready.push(reader);
      }
    }
    refuse_cycles();
    return order;
  }

 private:
  static std::size_t at(int node) { return static_cast<std::size_t>(node); }
  std::size_t size() const { return at(graph_.node_size()); }

  /// The node that computes a value, or -1.
  int producer(const std::string& value) const {
    const auto found = value.empty() ? producers_.end() : producers_.find(value);
    return found == producers_.end() ? -1 : found->second;
  }

  /// Counts what each node waits for.
  void link() {
    for (int i = 0; i < graph_.node_size(); ++i) {
      for (const std::string& input : graph_.node(i).input()) {
        const int source = producer(input);
        if (source < 0) continue;
        ++missing_[at(i)];
        readers_[at(source)].push_back(i);
      }
    }
  }

  void refuse_cycles() const {
    for (int i = 0; i < graph_.node_size(); ++i) {
      if (missing_[at(i)] == 0) continue;
      const NodeProto& node = graph_.node(i);
      throw Error(Status::kInvalidModel,
                  node_text(node.name().empty() ? node.output(0) : node.name(), node) +
                      ": is part of a cycle, or waits for one: what it reads depends on itself; "
                      "expected a graph without cycles");
    }
  }

  const GraphProto& graph_;
  std::unordered_map<std::string_view, int> producers_;
  std::vector<int> missing_;  ///< how many inputs of each node are still to be computed
  std::vector<std::vector<int>> readers_;
};

}  // namespace

std::vector<int> nodes_in_order(const GraphProto& graph) { return NodeOrder(graph).sorted(); }

}  // namespace ockham::converters::onnx_io
