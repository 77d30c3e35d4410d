#include "tests/converters/onnx/onnx_builder.h"

#include <functional>
#include <numeric>

namespace ockham::converters::tests {

using ::onnx::AttributeProto;

AttributeProto& NodeEditor::attribute(const std::string& name) {
  AttributeProto& attribute = *node_->add_attribute();
  attribute.set_name(name);
  return attribute;
}

NodeEditor NodeEditor::integer(const std::string& name, std::int64_t value) {
  AttributeProto& added = attribute(name);
  added.set_type(AttributeProto::INT);
  added.set_i(value);
  return *this;
}

NodeEditor NodeEditor::number(const std::string& name, float value) {
  AttributeProto& added = attribute(name);
  added.set_type(AttributeProto::FLOAT);
  added.set_f(value);
  return *this;
}

NodeEditor NodeEditor::text(const std::string& name, const std::string& value) {
  AttributeProto& added = attribute(name);
  added.set_type(AttributeProto::STRING);
  added.set_s(value);
  return *this;
}

NodeEditor NodeEditor::integers(const std::string& name, const Dims& values) {
  AttributeProto& added = attribute(name);
  added.set_type(AttributeProto::INTS);
  for (const std::int64_t value : values) added.add_ints(value);
  return *this;
}

OnnxBuilder::OnnxBuilder(std::int64_t opset) {
  model.set_ir_version(8);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("built by hand");
}

OnnxBuilder& OnnxBuilder::input(const std::string& name, const Dims& dims) {
  ::onnx::ValueInfoProto& info = *model.mutable_graph()->add_input();
  info.set_name(name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(::onnx::TensorProto::FLOAT);
  type.mutable_shape();
  for (const std::int64_t extent : dims) {
    auto& dim = *type.mutable_shape()->add_dim();
    if (extent == -1) {
      dim.set_dim_param("batch");
    } else {
      dim.set_dim_value(extent);
    }
  }
  return *this;
}

OnnxBuilder& OnnxBuilder::output(const std::string& name) {
  model.mutable_graph()->add_output()->set_name(name);
  return *this;
}

::onnx::TensorProto& OnnxBuilder::floats(const std::string& name, const Dims& dims,
                                         std::vector<float> elements) {
  ::onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  tensor.set_raw_data(elements.data(), elements.size() * sizeof(float));
  return tensor;
}

::onnx::TensorProto& OnnxBuilder::counted(const std::string& name, const Dims& dims) {
  return floats(name, dims, counting(dims));
}

::onnx::TensorProto& OnnxBuilder::integers(const std::string& name, const Dims& dims,
                                           const Dims& elements) {
  ::onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::INT64);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  for (const std::int64_t element : elements) tensor.add_int64_data(element);
  return tensor;
}

NodeEditor OnnxBuilder::node(const std::string& op_type, std::initializer_list<std::string> inputs,
                             const std::string& output) {
  ::onnx::NodeProto& node = *model.mutable_graph()->add_node();
  node.set_name(output + "_node");
  node.set_op_type(op_type);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return NodeEditor(node);
}

std::vector<float> counting(const Dims& dims) {
  const std::int64_t count =
      std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
  std::vector<float> elements(static_cast<std::size_t>(count));
  std::iota(elements.begin(), elements.end(), 1.0f);
  return elements;
}

std::vector<float> elements(const Graph& graph, const std::string& constant) {
  const ValueId id = graph.find_value(constant);
  if (id < 0) return {};
  const auto floats = graph.value(id).constant.floats;
  return {floats.begin(), floats.end()};
}

}  // namespace ockham::converters::tests
