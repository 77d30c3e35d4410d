#include "converters/onnx/graph_builder.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "converters/onnx/text.h"
#include "runtime/graph/error.h"
#include "runtime/graph/unread.h"

namespace ockham::converters::onnx_io {
namespace {

std::size_t index(std::int64_t id) { return static_cast<std::size_t>(id); }

}  // namespace

GraphBuilder::GraphBuilder(std::string name, std::unordered_set<std::string> reserved,
                           MemoryBudget& budget)
    : budget_(budget), names_(std::move(reserved)) {
  graph_.name = std::move(name);
}

ValueId GraphBuilder::register_value(ValueId id, NodeId producer) {
  producers_.push_back(producer);
  return id;
}

ValueId GraphBuilder::add_input(const std::string& name, Shape shape) {
  const auto bytes = static_cast<std::size_t>(shape.elements()) * sizeof(float);
  budget_.charge(bytes, "input '" + name + "'");
  return register_value(graph_.add_input(name, std::move(shape)), -1);
}

ValueId GraphBuilder::add_constant(const std::string& name, Shape shape, ConstantView elements) {
  for (const std::int64_t extent : shape.dims()) {
    if (extent < 1)
      throw Error(Status::kInvalidModel,
                  "constant " + shown(name) + " has extent " + std::to_string(extent));
  }
  return register_value(
      graph_.add_constant(names_.claim(name), std::move(shape), std::move(elements)), -1);
}

NodeId GraphBuilder::read_through_gather(Gather& gather, ValueId& input) const {
  const NodeId first = producer(input);
  const Gather* older = first < 0 ? nullptr : std::get_if<Gather>(&graph_.node(first).op);
  if (older == nullptr) return -1;
  const auto exists = [&](std::int64_t picked) {
    return picked >= 0 && index(picked) < older->indices.size();
  };
  if (!std::ranges::all_of(gather.indices, exists)) return -1;
  for (std::int64_t& picked : gather.indices) picked = older->indices[index(picked)];
  input = graph_.node(first).inputs[0];
  return first;
}

ValueId GraphBuilder::add_node(const std::string& name, Operator op, std::vector<ValueId> inputs,
                               const std::string& output) {
  if (auto* gather = std::get_if<Gather>(&op)) {
    const NodeId first = read_through_gather(*gather, inputs[0]);
    if (first >= 0) replace(first, static_cast<NodeId>(graph_.nodes.size()));
  }
  const ValueId id = graph_.add_node(name, std::move(op), std::move(inputs));
  graph_.value(id).name = output;
  const auto bytes = static_cast<std::size_t>(graph_.value(id).shape.elements()) * sizeof(float);
  budget_.charge(bytes, "the output of node '" + name + "'");
  return register_value(id, static_cast<NodeId>(graph_.nodes.size() - 1));
}

void GraphBuilder::add_output(ValueId value, const std::string& name) {
  graph_.value(value).name = name;
  graph_.outputs.push_back(value);
}

Graph GraphBuilder::finish() {
  const std::vector<bool> unread = unread_nodes(graph_);
  std::vector<bool> has_heir(graph_.nodes.size(), false);
  for (const auto& [older, newer] : replacements_) {
    if (!unread[index(older)] || has_heir[index(older)]) continue;
    graph_.nodes[index(newer)].name = graph_.node(older).name;
    has_heir[index(older)] = true;
  }
  drop_unread_nodes(graph_);
  return std::move(graph_);
}

}  // namespace ockham::converters::onnx_io
