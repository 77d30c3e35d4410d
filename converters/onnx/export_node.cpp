#include "converters/onnx/export_node.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

namespace ockham::converters::onnx_io {

using ::onnx::AttributeProto;

AttributeProto& NodeExport::add(std::string_view name, AttributeProto::AttributeType type) {
  AttributeProto& attribute = *node_->add_attribute();
  attribute.set_name(std::string(name));
  attribute.set_type(type);
  return attribute;
}

void NodeExport::set_integer(std::string_view name, std::int64_t value) {
  add(name, AttributeProto::INT).set_i(value);
}

void NodeExport::set_number(std::string_view name, float value) {
  add(name, AttributeProto::FLOAT).set_f(value);
}

void NodeExport::set_text(std::string_view name, std::string_view value) {
  add(name, AttributeProto::STRING).set_s(std::string(value));
}

void NodeExport::set_integers(std::string_view name, const std::vector<std::int64_t>& values) {
  AttributeProto& attribute = add(name, AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

::onnx::TensorProto& NodeExport::add_initializer_input(std::string_view name) {
  ::onnx::TensorProto& tensor = *graph_.add_initializer();
  tensor.set_name(names_.claim(node_->name() + "." + std::string(name)));
  node_->add_input(tensor.name());
  return tensor;
}

void NodeExport::add_number_input(std::string_view name, float value) {
  ::onnx::TensorProto& tensor = add_initializer_input(name);
  tensor.set_data_type(::onnx::TensorProto::FLOAT);
  tensor.add_float_data(value);
}

void NodeExport::add_integers_input(std::string_view name,
                                    const std::vector<std::int64_t>& values) {
  ::onnx::TensorProto& tensor = add_initializer_input(name);
  tensor.set_data_type(::onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  const auto bytes = std::as_bytes(std::span(values));
  tensor.set_raw_data(bytes.data(), bytes.size());
}

void NodeExport::add_numbers_input(std::string_view name, const std::vector<float>& values) {
  ::onnx::TensorProto& tensor = add_initializer_input(name);
  tensor.set_data_type(::onnx::TensorProto::FLOAT);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  const auto bytes = std::as_bytes(std::span(values));
  tensor.set_raw_data(bytes.data(), bytes.size());
}

void NodeExport::make_whole(std::size_t i, std::int32_t element_type) {
  const auto tensor =
      std::ranges::find(*graph_.mutable_initializer(), input_name(i), &::onnx::TensorProto::name);
  if (tensor->data_type() == element_type) return;  // of another quantisation, the same
  std::vector<float> numbers(tensor->raw_data().size() / sizeof(float));
  std::memcpy(numbers.data(), tensor->raw_data().data(), numbers.size() * sizeof(float));
  tensor->clear_raw_data();
  tensor->set_data_type(element_type);
  for (const float number : numbers) tensor->add_int32_data(static_cast<std::int32_t>(number));
}

void NodeExport::add_output_behind(std::string_view name) {
  node_->add_output(names_.claim(node_->name() + "." + std::string(name)));
}

void NodeExport::add_output_before(std::string_view name) {
  add_output_behind(name);
  node_->mutable_output()->SwapElements(0, node_->output_size() - 1);
}

void NodeExport::continue_as(std::string_view name) {
  const std::string output = node_->output(0),
                    base = base_name_.empty() ? node_->name() : base_name_;
  base_name_ = base;
  const std::string step = names_.claim(base + "." + std::string(name) + ".input");
  node_->set_output(0, step);
  node_ = graph_.add_node();
  node_->set_name(node_names_.claim(base + "." + std::string(name)));
  node_->add_input(step);
  node_->add_output(output);
}

}  // namespace ockham::converters::onnx_io
