// ONNX models put together by hand, for the tests of import.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "converters/onnx/onnx.h"
#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::tests {

using Dims = std::vector<std::int64_t>;

/// Sets attributes of one node, one behind the other.
class NodeEditor {
 public:
  explicit NodeEditor(::onnx::NodeProto& node) : node_(&node) {}

  NodeEditor integer(const std::string& name, std::int64_t value);
  NodeEditor number(const std::string& name, float value);
  NodeEditor text(const std::string& name, const std::string& value);
  NodeEditor integers(const std::string& name, const Dims& values);
  ::onnx::AttributeProto& attribute(const std::string& name);
  ::onnx::NodeProto& proto() { return *node_; }

 private:
  ::onnx::NodeProto* node_;
};

class OnnxBuilder {
 public:
  explicit OnnxBuilder(std::int64_t opset = 17);

  /// Extent -1: symbolic.
  OnnxBuilder& input(const std::string& name, const Dims& dims);
  OnnxBuilder& output(const std::string& name);
  /// Initializers with raw data.
  ::onnx::TensorProto& floats(const std::string& name, const Dims& dims,
                              std::vector<float> elements);
  /// Elements 1, 2, 3 ...
  ::onnx::TensorProto& counted(const std::string& name, const Dims& dims);
  ::onnx::TensorProto& integers(const std::string& name, const Dims& dims, const Dims& elements);
  /// A node called "<output>_node".
  NodeEditor node(const std::string& op_type, std::initializer_list<std::string> inputs,
                  const std::string& output);

  std::string bytes() const { return model.SerializeAsString(); }
  Graph import() const { return import_onnx_bytes(bytes()).graph; }

  ::onnx::ModelProto model;
};

/// 1, 2, 3 ... as many as a tensor of these dims has.
std::vector<float> counting(const Dims& dims);

/// Elements of a constant, by name.
std::vector<float> elements(const Graph& graph, const std::string& constant);

}  // namespace ockham::converters::tests
