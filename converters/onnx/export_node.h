// One node of the Graph as its export rule sees it, and the ONNX node that the rule fills.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "converters/onnx/unique_names.h"
#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/shape.h"

namespace ockham::converters::onnx_io {

/// The ONNX node already has name, inputs and output; the rule sets operator and attributes, and
/// adds the inputs that ONNX has where our operator has an attribute.
class NodeExport {
 public:
  /// `node` stands in `graph`; `inputs` are the shapes of its inputs, `names` those of the graph's
  /// values, `node_names` those of its nodes.
  NodeExport(::onnx::NodeProto& node, ::onnx::GraphProto& graph, std::vector<Shape> inputs,
             UniqueNames& names, UniqueNames& node_names)
      : node_(&node),
        graph_(graph),
        inputs_(std::move(inputs)),
        names_(names),
        node_names_(node_names) {}

  const Shape& input_shape(std::size_t i) const { return inputs_[i]; }

  void set_operator(std::string_view op_type) { node_->set_op_type(std::string(op_type)); }
  void set_integer(std::string_view name, std::int64_t value);
  void set_number(std::string_view name, float value);
  void set_text(std::string_view name, std::string_view value);
  void set_integers(std::string_view name, const std::vector<std::int64_t>& values);
  const std::string& input_name(std::size_t i) const { return node_->input(static_cast<int>(i)); }
  /// An input by its name.
  void add_input(const std::string& name) { node_->add_input(name); }
  /// Input `i`, a constant that no other operator reads, becomes one of whole numbers of this type,
  /// of at most 32 bits.
  void make_whole(std::size_t i, std::int32_t element_type);
  /// An initializer of rank 0, "<node>.<name>", as the next input.
  void add_number_input(std::string_view name, float value);
  /// An initializer of rank 1, "<node>.<name>", as the next input.
  void add_integers_input(std::string_view name, const std::vector<std::int64_t>& values);

  /// The same, of floats.
  void add_numbers_input(std::string_view name, const std::vector<float>& values);
  /// An output "<node>.<name>" that nobody reads, before or behind the one that is.
  void add_output_before(std::string_view name);
  void add_output_behind(std::string_view name);
  /// An input that is left off.
  void add_empty_input() { node_->add_input(""); }
  /// What was written so far is a step on the way; what follows is written to another ONNX node,
  /// "<node>.<name>", which reads it and computes the output.
  void continue_as(std::string_view name);

  /// The operator, or the form in which it is written, came with this opset.
  void need_opset(std::int64_t version) { needed_opset_ = std::max(needed_opset_, version); }
  /// The newest opset that was needed, or 0.
  std::int64_t needed_opset() const { return needed_opset_; }

 private:
  ::onnx::TensorProto& add_initializer_input(std::string_view name);
  ::onnx::AttributeProto& add(std::string_view name, ::onnx::AttributeProto::AttributeType type);

  ::onnx::NodeProto* node_;
  ::onnx::GraphProto& graph_;
  std::vector<Shape> inputs_;
  std::string base_name_;  ///< of the first ONNX node, once there are several
  UniqueNames& names_;
  UniqueNames& node_names_;
  std::int64_t needed_opset_ = 0;
};

}  // namespace ockham::converters::onnx_io
