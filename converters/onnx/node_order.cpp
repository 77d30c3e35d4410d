#include "converters/onnx/node_order.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {

NodeOrder::NodeOrder(std::vector<FileNode> nodes)
    : nodes_(std::move(nodes)),
      taken_(nodes_.size(), false),
      missing_(nodes_.size(), 0),
      readers_(nodes_.size()) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (const std::string& output : nodes_[i].proto->output()) producers_.emplace(output, i);
  }
}

std::vector<FileNode> NodeOrder::take_needed(const std::unordered_set<std::string>& values) {
  std::vector<FileNode> ordered;
  for (const std::size_t i : in_order(mark_needed(values))) ordered.push_back(nodes_[i]);
  return ordered;
}

std::unordered_set<std::string> NodeOrder::may_be_read_for(
    const std::unordered_set<std::string>& values) const {
  std::unordered_set<std::string> read = values;
  std::vector<std::string_view> open(values.begin(), values.end());
  std::vector<bool> seen(nodes_.size(), false);
  while (!open.empty()) {
    const std::size_t node = producer(open.back());
    open.pop_back();
    if (node == kNone || seen[node]) continue;
    seen[node] = true;
    for (const std::string_view name : names_read_by(*nodes_[node].proto)) {
      read.emplace(name);
      open.push_back(name);
    }
  }
  return read;
}

/// Of the node that computes `value`, or kNone.
std::size_t NodeOrder::producer(std::string_view value) const {
  const auto found = value.empty() ? producers_.end() : producers_.find(value);
  return found == producers_.end() ? kNone : found->second;
}

std::vector<std::size_t> NodeOrder::mark_needed(const std::unordered_set<std::string>& values) {
  std::vector<std::size_t> needed;
  const auto need = [&](const std::string& value) {
    const std::size_t node = producer(value);
    if (node == kNone || taken_[node]) return;
    taken_[node] = true;
    needed.push_back(node);
  };
  for (const std::string& value : values) need(value);
  for (std::size_t next = 0; next < needed.size(); ++next) {
    for (const std::string& input : nodes_[needed[next]].proto->input()) need(input);
  }
  std::ranges::sort(needed);
  return needed;
}

std::vector<std::size_t> NodeOrder::in_order(const std::vector<std::size_t>& needed) {
  const std::unordered_set<std::size_t> members(needed.begin(), needed.end());
  for (const std::size_t node : needed) {
    for (const std::string& input : nodes_[node].proto->input()) {
      const std::size_t source = producer(input);
      if (!members.contains(source)) continue;
      ++missing_[node];
      readers_[source].push_back(node);
    }
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (const std::size_t node : needed) {
    if (missing_[node] == 0) ready.push(node);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const std::size_t reader : readers_[order.back()]) {
      if (--missing_[reader] == 0) ready.push(reader);
    }
  }
  for (const std::size_t node : needed) {
    if (missing_[node] == 0) continue;
    throw Error(Status::kInvalidModel,
                node_text(nodes_[node].name, *nodes_[node].proto) +
                    ": is part of a cycle, or waits for one: what it reads depends on itself; "
                    "expected a graph without cycles");
  }
  return order;
}

}  // namespace ockham::converters::onnx_io
