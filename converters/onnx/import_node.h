// One ONNX node as its import rule sees it: inputs, attributes, and what the rule may answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "converters/onnx/attributes.h"
#include "converters/onnx/extent.h"
#include "converters/onnx/file_node.h"
#include "converters/onnx/graph_builder.h"
#include "converters/onnx/scope.h"
#include "converters/onnx/tensor.h"
#include "converters/onnx/unique_names.h"
#include "converters/onnx/value_type.h"

namespace ockham::converters::onnx_io {

/// What all nodes of one import share.
struct ImportState {
  GraphBuilder& builder;
  Scope& scope;
  TensorReader& reader;
  MemoryBudget& budget;
  UniqueNames& node_names;
  std::optional<std::int64_t> fixed_batch;      ///< the batch that the file's inputs insist on
  const std::unordered_set<std::string>& read;  ///< names that a node or the network reads
  /// Of names whose values the network computes, but ONNX does not have in float.
  std::unordered_map<std::string, ValueType> types = {};
};

class NodeImport {
 public:
  /// Throws Error(kInvalidModel) when an input is not known (yet).
  NodeImport(const FileNode& node, ImportState& state);

  Attributes& attributes() { return attributes_; }
  /// The batch that the file's inputs insist on, if any.
  std::optional<std::int64_t> fixed_batch() const { return state_.fixed_batch; }

  /// Whether a number of the file says that an axis of this extent (kBatch: the batch) stays.
  bool is_extent(const Extent& number, std::int64_t extent) const;

  std::int64_t opset() const { return opset_; }
  /// For rules of several operators.
  const std::string& op_type() const { return node_.op_type(); }

  // --- inputs ---
  std::size_t input_count() const { return static_cast<std::size_t>(node_.input_size()); }
  /// Throws Error(kInvalidModel) unless there are `least` to `most` inputs, those up to `least`
  /// given.
  void expect_inputs(std::size_t least, std::size_t most) const;
  bool has_input(std::size_t i) const;
  bool is_constant(std::size_t i) const;
  /// Whether the node has inputs and all of them are constants.
  bool has_only_constants() const;
  /// Input `i`, which the network computes in float. Throws Error(kUnsupported) when it is a
  /// constant, or of another type.
  ValueId activation(std::size_t i) const;
  /// The same of any type, and that type.
  ValueId typed_activation(std::size_t i) const;
  ValueType type(std::size_t i) const;
  /// The same for a rule that moves elements as they are: output 0 has their type.
  ValueId moved_activation(std::size_t i);
  const Shape& shape(ValueId value) const { return state_.builder.graph().value(value).shape; }
  /// What the operator would compute. Throws Error when it does not fit the inputs.
  Shape shape_of(const Operator& op, const std::vector<ValueId>& inputs) const;

  // Elements of constant input `i`. Throw Error(kUnsupported) when the network computes it.
  const FloatTensor& floats(std::size_t i);
  const IntegerTensor& integers(std::size_t i);
  /// The same, also from int32, which ONNX allows for indices.
  const IntegerTensor& indices(std::size_t i);
  /// Elements of an initializer of whole numbers, and their type.
  std::pair<IntegerTensor, std::int32_t> whole_numbers(std::size_t i);
  /// Elements of type int64, int32 or bool, which may depend on the batch: the other functions
  /// refuse those.
  const ExtentTensor& extents(std::size_t i);
  bool flag(std::size_t i) const;
  /// Whether constant input `i` holds floats.
  bool holds_floats(std::size_t i) const;
  /// Constant input `i` as it stands, in the Graph.
  ValueId constant(std::size_t i);

  std::size_t output_count() const { return static_cast<std::size_t>(node_.output_size()); }
  /// Whether any node or the network reads output `i`.
  bool is_read(std::size_t i) const;
  /// Whether output `i` has a name, so that somebody may read it.
  bool has_output(std::size_t i) const {
    return i < output_count() && !node_.output(static_cast<int>(i)).empty();
  }

  // --- constants made by the rule ---
  /// Counts memory that the rule is about to take. Throws Error(kOutOfMemory).
  void charge(std::size_t bytes) { state_.budget.charge(bytes, where_); }
  /// The tensor of an attribute, its elements read: floats or extents.
  Constant attribute_constant(std::string_view name);
  /// Zeros to be filled, charged to the memory budget.
  std::vector<float> new_floats(std::size_t count);
  /// No indices yet, but room for as many, charged to the memory budget.
  std::vector<std::int64_t> room_for_indices(std::int64_t count);
  /// Constant input `i` in another shape of as many elements, in the Graph.
  ValueId reshaped_constant(std::size_t i, Shape shape);
  /// Puts a constant made from input `i` into the Graph, under that input's name.
  ValueId derived_constant(std::size_t i, Shape shape, std::vector<float> elements);

  /// Puts a constant of the rule's own into the Graph, named "<node>.<what>".
  ValueId made_constant(std::string_view what, Shape shape, std::vector<float> elements);

  // --- answers: what output 0 stands for ---
  void emit(Operator op, std::vector<ValueId> inputs);
  /// Like `emit`, for output `i`, if it has a name.
  void emit_output(std::size_t i, Operator op, std::vector<ValueId> inputs);
  /// A node on the way to output 0, and its output; both get made-up names.
  ValueId compute(Operator op, std::vector<ValueId> inputs);
  /// Like `emit`, but another node, which reads this one's output, will give output 0.
  ValueId emit_before_view(Operator op, std::vector<ValueId> inputs);
  /// Output 0 is the elements of `value` under other axes; the node gets a made-up name.
  void emit_view(Operator op, ValueId value);
  /// A constant of the Graph in another shape of as many elements.
  ValueId viewed_constant(ValueId constant, Shape shape);
  /// Like `emit`, for a node that does what the nodes `older` did, and this node's part besides.
  void emit_instead_of(std::initializer_list<NodeId> older, Operator op,
                       std::vector<ValueId> inputs);
  void emit_constant(Constant constant);
  /// Output 0 is input `i` unchanged.
  void pass_through(std::size_t i);
  /// The same, whose elements ONNX has in another type from here on.
  void pass_as(std::size_t i, ValueType type);
  /// ONNX has output `i` in another type than float.
  void set_type(std::size_t i, ValueType type);

  /// The node of the Graph that computes `value`, or -1, and the node itself.
  NodeId producer(ValueId value) const { return state_.builder.producer(value); }
  const Node& graph_node(NodeId id) const { return state_.builder.graph().node(id); }
  const Value& graph_value(ValueId id) const { return state_.builder.graph().value(id); }

  // Throw Error naming the node: kUnsupported (the text says what is supported), kInvalidModel.
  [[noreturn]] void unsupported(const std::string& text) const;
  [[noreturn]] void invalid(const std::string& text) const;
  /// "input 1 ('conv1.weight')"
  std::string input_text(std::size_t i) const;

 private:
  Binding& binding(std::size_t i) const;
  Constant& constant_input(std::size_t i) const;
  ExtentTensor read_extents(const Constant& constant, const std::string& where);
  void bind_output(Binding binding, std::size_t i = 0);
  const std::string& input_name(std::size_t i) const { return node_.input(static_cast<int>(i)); }

  const ::onnx::NodeProto& node_;
  std::string name_;
  std::string where_;
  std::int64_t opset_;
  ImportState& state_;
  Attributes attributes_;
};

}  // namespace ockham::converters::onnx_io
