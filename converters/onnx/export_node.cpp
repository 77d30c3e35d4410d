#include "converters/onnx/export_node.h"

namespace ockham::converters::onnx_io {

using ::onnx::AttributeProto;

AttributeProto& NodeExport::add(std::string_view name, AttributeProto::AttributeType type) {
  AttributeProto& attribute = *node_.add_attribute();
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

void NodeExport::set_integers(std::string_view name, std::initializer_list<std::int64_t> values) {
  AttributeProto& attribute = add(name, AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

}  // namespace ockham::converters::onnx_io
