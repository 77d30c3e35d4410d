// Graph: the only description of a network. Every executor (reference, CPU, LibTorch) runs this.
//
// A Graph is plain data. Build it with the add_* functions or fill the vectors, then call
// `validate` (validate.h); code behind that gate trusts indices, ranks, shapes and attributes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/graph/operators.h"
#include "runtime/graph/shape.h"

namespace ockham {

using ValueId = std::int32_t;
using NodeId = std::int32_t;

/// A view of a constant's elements (row-major), kept alive by its owner: a vector, or a mapped
/// file.
struct ConstantView {
  std::span<const float> floats;
  std::shared_ptr<const void> owner;
};

/// One tensor of the network: an input, a constant, or what a node computes.
struct Value {
  std::string name;
  ElementType type = ElementType::kFloat32;  ///< int64: only outputs of the network
  Shape shape;  ///< activations: axis 0 is Shape::kBatch; constants: no batch
  bool is_constant = false;
  ConstantView constant;  ///< only when is_constant
};

/// One operator applied to values. Optional inputs (a bias) are left off at the end.
struct Node {
  std::string name;
  Operator op;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
};

/// A network: values, and nodes in an order in which they can be executed.
struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;

  const Value& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  Value& value(ValueId id) { return values[static_cast<std::size_t>(id)]; }
  const Node& node(NodeId id) const { return nodes[static_cast<std::size_t>(id)]; }

  /// Adds a network input; `shape` starts with Shape::kBatch.
  ValueId add_input(std::string name, Shape shape);
  /// Adds a constant that owns its elements. Throws Error when the sizes differ.
  ValueId add_constant(std::string name, Shape shape, std::vector<float> elements);
  /// Adds a constant that views elements owned by somebody else.
  ValueId add_constant(std::string name, Shape shape, ConstantView elements);
  /// Appends a node with one output, whose shape is inferred; returns the output, named like the
  /// node. Throws Error when operator and inputs do not fit.
  ValueId add_node(std::string name, Operator op, std::vector<ValueId> inputs);

  /// Replaces a constant's elements and shape; other holders of the old elements keep them.
  void set_constant(ValueId id, Shape shape, std::vector<float> elements);

  /// The value with this name, or -1.
  ValueId find_value(std::string_view value_name) const;
  /// The node that computes `value`, or -1 for inputs and constants.
  NodeId producer(ValueId value) const;
  /// Nodes that read `value`, in order, each once.
  std::vector<NodeId> readers(ValueId value) const;
  bool is_output(ValueId value) const;
};

/// A vector of floats as a view that owns it.
ConstantView own(std::vector<float> elements);

}  // namespace ockham
