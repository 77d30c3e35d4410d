#include "runtime/graph/graph.h"

#include <algorithm>
#include <utility>

#include "runtime/graph/error.h"
#include "runtime/graph/node_inputs.h"

namespace ockham {
namespace {

ValueId append(Graph& graph, Value value) {
  graph.values.push_back(std::move(value));
  return static_cast<ValueId>(graph.values.size() - 1);
}

void check_size(const std::string& name, const Shape& shape, std::size_t found) {
  if (static_cast<std::size_t>(shape.elements()) != found) {
    throw Error(Status::kInvalidArgument, "constant '" + name + "' has " + std::to_string(found) +
                                              " elements, but its shape is " + shape.text());
  }
}

}  // namespace

ConstantView own(std::vector<float> elements) {
  const auto owner = std::make_shared<const std::vector<float>>(std::move(elements));
  return {std::span<const float>(*owner), owner};
}

ValueId Graph::add_input(std::string value_name, Shape shape) {
  const ValueId id = append(*this, {.name = std::move(value_name), .shape = std::move(shape)});
  inputs.push_back(id);
  return id;
}

ValueId Graph::add_constant(std::string value_name, Shape shape, std::vector<float> elements) {
  return add_constant(std::move(value_name), std::move(shape), own(std::move(elements)));
}

ValueId Graph::add_constant(std::string value_name, Shape shape, ConstantView elements) {
  check_size(value_name, shape, elements.floats.size());
  return append(*this, {.name = std::move(value_name),
                        .shape = std::move(shape),
                        .is_constant = true,
                        .constant = std::move(elements)});
}

ValueId Graph::add_node(std::string node_name, Operator op, std::vector<ValueId> node_inputs) {
  Node node{std::move(node_name), std::move(op), std::move(node_inputs), {}};
  Shape shape = infer_shape(node.op, operator_inputs(*this, node));
  const ValueId output =
      append(*this, {.name = node.name, .type = output_type(node.op), .shape = std::move(shape)});
  node.outputs = {output};
  nodes.push_back(std::move(node));
  return output;
}

void Graph::set_constant(ValueId id, Shape shape, std::vector<float> elements) {
  check_size(value(id).name, shape, elements.size());
  value(id).shape = std::move(shape);
  value(id).constant = own(std::move(elements));
}

ValueId Graph::find_value(std::string_view value_name) const {
  const auto found = std::ranges::find(values, value_name, &Value::name);
  return found == values.end() ? -1 : static_cast<ValueId>(found - values.begin());
}

NodeId Graph::producer(ValueId value_id) const {
  const auto found = std::ranges::find_if(nodes, [&](const Node& candidate) {
    return std::ranges::find(candidate.outputs, value_id) != candidate.outputs.end();
  });
  return found == nodes.end() ? -1 : static_cast<NodeId>(found - nodes.begin());
}

std::vector<NodeId> Graph::readers(ValueId value_id) const {
  std::vector<NodeId> found;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (std::ranges::find(nodes[i].inputs, value_id) != nodes[i].inputs.end()) {
      found.push_back(static_cast<NodeId>(i));
    }
  }
  return found;
}

bool Graph::is_output(ValueId value_id) const {
  return std::ranges::find(outputs, value_id) != outputs.end();
}

}  // namespace ockham
