// A node's attributes, read by name. What a rule never asked for is refused at its end, so that no
// attribute is ignored in silence.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::onnx_io {

class Attributes {
 public:
  /// `where` names the node in errors. Throws Error(kInvalidModel) when a name occurs twice.
  Attributes(const ::onnx::NodeProto& node, std::string where);

  // Each throws Error(kInvalidModel) when the attribute has another type.
  bool has(std::string_view name);
  std::int64_t integer(std::string_view name, std::int64_t otherwise);
  float number(std::string_view name, float otherwise);
  std::string text(std::string_view name, std::string_view otherwise);
  std::vector<std::int64_t> integers(std::string_view name,
                                     const std::vector<std::int64_t>& otherwise);
  std::vector<float> numbers(std::string_view name, const std::vector<float>& otherwise);
  // Throw Error(kInvalidModel) besides when it is missing.
  const ::onnx::TensorProto& tensor(std::string_view name);
  const ::onnx::GraphProto& graph(std::string_view name);

  /// Throws Error(kUnsupported) when the node has an attribute that was never asked for.
  void refuse_others() const;

 private:
  const ::onnx::AttributeProto* find(std::string_view name);
  const ::onnx::AttributeProto& needed(std::string_view name);
  void expect_type(const ::onnx::AttributeProto& attribute,
                   ::onnx::AttributeProto::AttributeType type, std::string_view type_name) const;

  const ::onnx::NodeProto& node_;
  std::string where_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace ockham::converters::onnx_io
