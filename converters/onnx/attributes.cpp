#include "converters/onnx/attributes.h"

#include <utility>

#include "converters/onnx/text.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {

using ::onnx::AttributeProto;

Attributes::Attributes(const ::onnx::NodeProto& node, std::string where)
    : node_(node), where_(std::move(where)) {
  std::set<std::string_view> names;
  for (const AttributeProto& attribute : node_.attribute()) {
    if (!names.insert(attribute.name()).second) {
      throw Error(Status::kInvalidModel,
                  where_ + ": attribute " + shown(attribute.name()) + " occurs twice");
    }
  }
}

const AttributeProto* Attributes::find(std::string_view name) {
  known_.emplace(name);
  for (const AttributeProto& attribute : node_.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

void Attributes::expect_type(const AttributeProto& attribute, AttributeProto::AttributeType type,
                             std::string_view type_name) const {
  if (!attribute.ref_attr_name().empty()) {
    throw Error(Status::kUnsupported, where_ + ": attribute " + shown(attribute.name()) +
                                          " refers to a function's attribute; supported: a value");
  }
  if (attribute.type() != type) {
    throw Error(Status::kInvalidModel, where_ + ": attribute " + shown(attribute.name()) +
                                           " has type " + std::to_string(attribute.type()) +
                                           ", expected " + std::to_string(type) + " (" +
                                           std::string(type_name) + ")");
  }
}

bool Attributes::has(std::string_view name) { return find(name) != nullptr; }

std::int64_t Attributes::integer(std::string_view name, std::int64_t otherwise) {
  const AttributeProto* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  expect_type(*attribute, AttributeProto::INT, "integer");
  return attribute->i();
}

float Attributes::number(std::string_view name, float otherwise) {
  const AttributeProto* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  expect_type(*attribute, AttributeProto::FLOAT, "float");
  return attribute->f();
}

std::string Attributes::text(std::string_view name, std::string_view otherwise) {
  const AttributeProto* attribute = find(name);
  if (attribute == nullptr) return std::string(otherwise);
  expect_type(*attribute, AttributeProto::STRING, "string");
  return attribute->s();
}

std::vector<std::int64_t> Attributes::integers(std::string_view name,
                                               const std::vector<std::int64_t>& otherwise) {
  const AttributeProto* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  expect_type(*attribute, AttributeProto::INTS, "integers");
  return {attribute->ints().begin(), attribute->ints().end()};
}

std::vector<float> Attributes::numbers(std::string_view name, const std::vector<float>& otherwise) {
  const AttributeProto* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  expect_type(*attribute, AttributeProto::FLOATS, "floats");
  return {attribute->floats().begin(), attribute->floats().end()};
}

const AttributeProto& Attributes::needed(std::string_view name) {
  if (const AttributeProto* attribute = find(name)) return *attribute;
  throw Error(Status::kInvalidModel, where_ + ": attribute '" + std::string(name) + "' is missing");
}

const ::onnx::TensorProto& Attributes::tensor(std::string_view name) {
  const AttributeProto& attribute = needed(name);
  expect_type(attribute, AttributeProto::TENSOR, "tensor");
  return attribute.t();
}

const ::onnx::GraphProto& Attributes::graph(std::string_view name) {
  const AttributeProto& attribute = needed(name);
  expect_type(attribute, AttributeProto::GRAPH, "graph");
  return attribute.g();
}

void Attributes::refuse_others() const {
  for (const AttributeProto& attribute : node_.attribute()) {
    if (known_.contains(attribute.name())) continue;
    throw Error(Status::kUnsupported,
                where_ + ": attribute " + shown(attribute.name()) + " is not supported; " +
                    (known_.empty() ? "the operator takes none" : "supported: " + joined(known_)));
  }
}

}  // namespace ockham::converters::onnx_io
